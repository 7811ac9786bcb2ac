package io.github.hanllama.core.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** What a recorded program computed for one prompt; negative log-likelihood is summed in nats. */
record ReferenceCase(List<Integer> ids, List<Double> lastLogits, double nll, List<Integer> greedy, double minGap) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** {@code hf/<name>/reference.json}, the base's part. */
    static List<ReferenceCase> huggingFace(String name) {
        return map(
                json("hf/" + name + "/reference.json").get("base"),
                node -> new ReferenceCase(
                        ints(node.get("ids")),
                        doubles(node.get("logits_last")),
                        node.get("nll").asDouble(),
                        ints(node.get("greedy")),
                        node.get("min_gap").asDouble()));
    }

    /** {@code synthetic/reference/<name>.json} with its float64 logits. */
    static List<ReferenceCase> synthetic(String name) {
        ByteBuffer logits = bytes("synthetic/reference/" + name + ".logits_last.f64le");
        return map(
                json("synthetic/reference/" + name + ".json").get("cases"),
                node -> new ReferenceCase(
                        ints(node.get("ids")),
                        doubles(
                                logits,
                                node.get("logits_last_f64_offset").asInt(),
                                node.get("logits_last_count").asInt()),
                        node.get("prompt_nll").asDouble(),
                        ints(node.get("greedy32")),
                        node.get("greedy_min_top1_top2_gap").asDouble()));
    }

    /** {@code gguf/reference.json}, by the type of most tensors in lower case. */
    static List<ReferenceCase> gguf(String type) {
        return map(
                json("gguf/reference.json").get(type).get("cases"),
                node -> new ReferenceCase(
                        ints(node.get("ids")),
                        doubles(node.get("logits_last")),
                        Double.NaN,
                        ints(node.get("greedy16")),
                        node.get("min_gap").asDouble()));
    }

    /** {@code gguf/wide_256/reference.json}: logits alone. */
    static List<ReferenceCase> ggufOfLlamaCpp(String type) {
        return map(
                json("gguf/wide_256/reference.json").get("models").get(type).get("cases"),
                node -> new ReferenceCase(
                        ints(node.get("ids")), doubles(node.get("logits_last")), Double.NaN, List.of(), 0));
    }

    /** {@code gguf/legacy/reference.json}: logits alone. */
    static List<ReferenceCase> legacyGgml(String format) {
        return map(
                json("gguf/legacy/reference.json").get(format),
                node -> new ReferenceCase(
                        ints(node.get("ids")), doubles(node.get("logits_last")), Double.NaN, List.of(), 0));
    }

    static JsonNode json(String path) {
        try {
            return JSON.readTree(TestData.path(path).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> List<T> map(JsonNode array, java.util.function.Function<JsonNode, T> element) {
        return StreamSupport.stream(array.spliterator(), false).map(element).toList();
    }

    static List<Integer> ints(JsonNode array) {
        return map(array, JsonNode::asInt);
    }

    static List<Double> doubles(JsonNode array) {
        return map(array, JsonNode::asDouble);
    }

    private static ByteBuffer bytes(String path) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(TestData.path(path))).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Double> doubles(ByteBuffer bytes, int offset, int count) {
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(bytes.getDouble(offset + i * Double.BYTES));
        }
        return values;
    }

    int[] idArray() {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
