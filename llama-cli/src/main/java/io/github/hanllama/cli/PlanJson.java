package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.plan.Finding;
import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.core.plan.PlannedPart;
import io.github.hanllama.core.source.Delivery;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/** A plan for programs. */
final class PlanJson {
    private PlanJson() {}

    static void write(JsonGenerator json, LoadPlan plan) throws IOException {
        json.writeBooleanField("fits", plan.fits());
        json.writeArrayFieldStart("findings");
        for (Finding finding : plan.findings()) {
            json.writeStartObject();
            json.writeBooleanField("refused", finding.refused());
            json.writeStringField("message", finding.message());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("parts");
        for (PlannedPart part : plan.parts()) {
            write(json, part);
        }
        json.writeEndArray();
        json.writeNumberField("download_bytes", plan.downloadBytes());
        json.writeArrayFieldStart("memory");
        for (MemoryOption option : plan.memory()) {
            json.writeStartObject();
            write(json, option);
            json.writeEndObject();
        }
        json.writeEndArray();
        write(json, plan.choice());
    }

    private static void write(JsonGenerator json, PlannedPart part) throws IOException {
        json.writeStartObject();
        json.writeStringField("role", part.role().name().toLowerCase(Locale.ROOT));
        json.writeStringField("origin", part.origin());
        json.writeStringField("description", part.description());
        if (part.delivery().isPresent()) {
            write(json, part.delivery().get());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Delivery delivery) throws IOException {
        json.writeObjectFieldStart("delivery");
        json.writeBooleanField("download", delivery.download());
        json.writeStringField("folder", delivery.folder().toString());
        json.writeNumberField("missing_bytes", delivery.missingBytes());
        json.writeArrayFieldStart("files");
        for (Delivery.Item item : delivery.items()) {
            json.writeStartObject();
            json.writeStringField("name", item.name());
            json.writeNumberField("bytes", item.bytes());
            json.writeBooleanField("here", item.here());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, MemoryOption option) throws IOException {
        json.writeStringField("engine", option.memory().engine());
        json.writeStringField("quantize", option.recipe().map(Enum::name).orElse(null));
        json.writeStringField("weights", option.weights());
        json.writeStringField("kv_type", option.kvType().name());
        json.writeNumberField("load_bytes", option.memory().loadBytes());
        json.writeNumberField("weight_bytes", option.memory().weightBytes());
        json.writeNumberField("kv_bytes_per_token", option.memory().cacheBytesPerPosition());
    }

    private static void write(JsonGenerator json, Optional<LoadChoice> choice) throws IOException {
        if (choice.isEmpty()) {
            json.writeNullField("choice");
            return;
        }
        json.writeObjectFieldStart("choice");
        write(json, choice.get().option());
        json.writeNumberField("max_sequence_length", choice.get().maxSequenceLength());
        json.writeNumberField("peak_bytes", choice.get().peakBytes());
        json.writeStringField("reason", choice.get().reason());
        json.writeEndObject();
    }
}
