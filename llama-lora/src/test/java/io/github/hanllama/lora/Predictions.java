package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Compares what a model predicts with references: the last logits of a prompt, and what greedy decoding adds to it. */
final class Predictions {
    private static final double TOLERANCE = 1e-4;
    private static final int CAPACITY = 128;

    private Predictions() {}

    /** @param cases of {@code ids}, {@code logits_last} and {@code greedy} */
    static void compare(LanguageModel model, JsonNode cases) {
        assertThat(cases).isNotEmpty();
        for (JsonNode expected : cases) {
            compare(
                    model,
                    ints(expected.get("ids")),
                    floats(expected.get("logits_last")),
                    ints(expected.get("greedy")));
        }
    }

    static void compare(LanguageModel model, int[] prompt, float[] lastLogits, int[] greedy) {
        List<Integer> found = new ArrayList<>();
        try (Session session = model.newSession(CAPACITY)) {
            float[] logits = session.prefill(prompt);
            assertThat(Values.largestDifference(logits, lastLogits)).isLessThan(TOLERANCE);
            for (int i = 0; i < greedy.length; i++) {
                found.add(largest(logits));
                logits = session.decode(found.getLast());
            }
        }
        assertThat(found).containsExactlyElementsOf(IntStream.of(greedy).boxed().toList());
    }

    private static int largest(float[] logits) {
        return IntStream.range(0, logits.length)
                .reduce((best, i) -> logits[i] > logits[best] ? i : best)
                .orElseThrow();
    }

    static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size())
                .map(i -> array.get(i).intValue())
                .toArray();
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}
