package io.github.hanllama.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.provider.Arguments;

/** What other programs computed for the fixtures. */
final class Reference {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String BASE = "synthetic/base/hf_safetensors_f32";
    private static final List<String> HF_BASES =
            List.of("mha", "gqa_bf16", "llama31_tied", "rope_linear", "rope_dynamic", "rope_yarn", "attn_bias");
    private static final List<String> HF_ADAPTERS = List.of("lora_chinese", "lora_gqa_bf16");

    private Reference() {}

    /** A model as the command line names it, and what is expected of it. */
    record Model(String name, List<String> options, List<Case> cases) {
        /** Command, model options, then the rest; exactly, since some processors multiply bf16 and f16 themselves. */
        String[] command(String command, Engine engine, String... rest) {
            return Stream.of(
                            Stream.of(command),
                            options.stream(),
                            Stream.of("--engine", engine.name(), "--exact"),
                            Stream.of(rest))
                    .flatMap(part -> part)
                    .toArray(String[]::new);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** @param greedy what follows when the likeliest token is always taken */
    record Case(JsonNode ids, List<Double> logits, double nll, JsonNode greedy, double minGap) {
        String idsOption() {
            return String.join(
                    ",",
                    StreamSupport.stream(ids.spliterator(), false)
                            .map(JsonNode::asText)
                            .toList());
        }
    }

    /** Every model with every engine of this installation. */
    static Stream<Arguments> modelsAndEngines() {
        return models().flatMap(model -> Engines.available().stream().map(engine -> Arguments.of(model, engine)));
    }

    /** Every model with some engine, every engine with some model. */
    static Stream<Arguments> modelsOrEngines() {
        List<String> some = List.of("base", "merged_a", "gqa_bf16");
        return models().flatMap(model -> Engines.available().stream()
                .filter(engine -> engine.name().equals("java") || some.contains(model.name()))
                .map(engine -> Arguments.of(model, engine)));
    }

    private static Stream<Model> models() {
        List<Model> models = new ArrayList<>();
        models.add(synthetic("base", "--model", path(BASE)));
        models.add(synthetic("merged_a", "--model", path(BASE), "--lora", path("synthetic/lora_a")));
        for (String name : HF_BASES) {
            models.add(new Model(name, List.of("--model", path("hf/" + name + "/base")), hfCases(name, "base")));
        }
        for (String name : HF_ADAPTERS) {
            List<String> options =
                    List.of("--model", path("hf/" + name + "/base"), "--lora", path("hf/" + name + "/adapter"));
            models.add(new Model(name + " merged", options, hfCases(name, "merged")));
        }
        return models.stream();
    }

    private static Model synthetic(String name, String... options) {
        JsonNode root = read("synthetic/reference/" + name + ".json");
        ByteBuffer logits = ByteBuffer.wrap(bytes("synthetic/reference/" + name + ".logits_last.f64le"))
                .order(ByteOrder.LITTLE_ENDIAN);
        List<Case> cases = new ArrayList<>();
        for (JsonNode node : root.get("cases")) {
            List<Double> last = new ArrayList<>();
            for (int i = 0; i < node.get("logits_last_count").intValue(); i++) {
                last.add(logits.getDouble(node.get("logits_last_f64_offset").intValue() + i * Double.BYTES));
            }
            cases.add(new Case(
                    node.get("ids"),
                    last,
                    node.get("prompt_nll").doubleValue(),
                    node.get("greedy32"),
                    node.get("greedy_min_top1_top2_gap").doubleValue()));
        }
        return new Model(name, List.of(options), cases);
    }

    private static List<Case> hfCases(String name, String kind) {
        List<Case> cases = new ArrayList<>();
        for (JsonNode node : read("hf/" + name + "/reference.json").get(kind)) {
            List<Double> last = new ArrayList<>();
            node.get("logits_last").forEach(logit -> last.add(logit.doubleValue()));
            cases.add(new Case(
                    node.get("ids"),
                    last,
                    node.get("nll").doubleValue(),
                    node.get("greedy"),
                    node.get("min_gap").doubleValue()));
        }
        return cases;
    }

    static String path(String relative) {
        return TestData.path(relative).toString();
    }

    private static JsonNode read(String relative) {
        try {
            return JSON.readTree(bytes(relative));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(String relative) {
        try {
            return Files.readAllBytes(Path.of(path(relative)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
