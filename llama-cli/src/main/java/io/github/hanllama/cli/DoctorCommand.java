package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.DoctorReport;
import io.github.hanllama.core.Llama;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What this machine offers. */
@Command(name = "doctor", description = "Says what this machine and JVM offer, and which flags to add.")
final class DoctorCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    DoctorCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        DoctorReport report = Llama.doctor();
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, report));
        } else {
            terminal.println(report.text());
        }
        return 0;
    }

    private static void write(JsonGenerator json, DoctorReport report) throws IOException {
        json.writeStringField("java", report.java());
        json.writeStringField("operating_system", report.operatingSystem());
        json.writeNumberField("cores", report.cores());
        json.writeNumberField("max_heap_bytes", report.maxHeapBytes());
        json.writeNumberField("memory_bytes", report.memoryBytes());
        json.writeBooleanField("vector_module", report.vectorModule());
        json.writeStringField("kernels", report.kernels());
        write(json, "engines", report.engines());
        write(json, "adapter_kinds", report.adapterKinds());
        write(json, "flags_to_add", report.flagsToAdd());
        write(json, "warnings", report.warnings());
    }

    private static void write(JsonGenerator json, String field, List<String> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }
}
