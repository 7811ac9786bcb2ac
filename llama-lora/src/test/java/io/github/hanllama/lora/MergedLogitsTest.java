package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Merged models compute what PEFT's {@code merge_and_unload} in the base's type computes. */
class MergedLogitsTest {
    private static final double TOLERANCE = 1e-4;
    private static final int CAPACITY = 128;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora_chinese",
                "lora_gqa_bf16",
                "lora_rslora",
                "lora_dora",
                "lora_patterns",
                "lora_layers",
                "lora_tied_head"
            })
    void logitsAndGreedyText_arePefts(String name) throws IOException {
        Path folder = TestData.path("hf/" + name);
        JsonNode cases = new ObjectMapper()
                .readTree(folder.resolve("reference.json").toFile())
                .get("merged");
        try (Checkpoint merged = FolderFiles.of(folder.resolve("adapter"))
                        .open()
                        .mergeInto(Checkpoints.open(FolderFiles.of(folder.resolve("base"))));
                LanguageModel model = Engines.named("reference").load(merged, EngineOptions.defaults())) {
            assertThat(cases).isNotEmpty();
            for (JsonNode expected : cases) {
                compare(model, expected);
            }
        }
    }

    private static void compare(LanguageModel model, JsonNode expected) {
        List<Integer> greedy = new ArrayList<>();
        try (Session session = model.newSession(CAPACITY)) {
            float[] logits = session.prefill(ints(expected.get("ids")));
            assertThat(Values.largestDifference(logits, floats(expected.get("logits_last"))))
                    .isLessThan(TOLERANCE);
            for (int i = 0; i < expected.get("greedy").size(); i++) {
                greedy.add(largest(logits));
                logits = session.decode(greedy.getLast());
            }
        }
        assertThat(greedy).containsExactly(boxed(expected.get("greedy")));
    }

    private static int largest(float[] logits) {
        return IntStream.range(0, logits.length)
                .reduce((best, i) -> logits[i] > logits[best] ? i : best)
                .orElseThrow();
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size())
                .map(i -> array.get(i).intValue())
                .toArray();
    }

    private static Integer[] boxed(JsonNode array) {
        return IntStream.of(ints(array)).boxed().toArray(Integer[]::new);
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}
