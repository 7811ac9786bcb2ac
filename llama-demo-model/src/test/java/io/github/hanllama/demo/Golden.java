package io.github.hanllama.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;

/** What transformers and PEFT compute, and the texts they were given: {@code tools/demo/golden.py}. */
final class Golden {
    /** Of a row of logits only every sixteenth is kept. */
    static final int STRIDE = 16;

    static final JsonNode TEXTS = read("demo/held_out.json");
    private static final JsonNode STAGES = read("demo/golden.json");

    private Golden() {}

    static JsonNode of(Stage stage, String what) {
        return STAGES.get(stage.key).get(what);
    }

    static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size())
                .map(i -> array.get(i).intValue())
                .toArray();
    }

    private static JsonNode read(String file) {
        try {
            return new ObjectMapper().readTree(TestData.path(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
