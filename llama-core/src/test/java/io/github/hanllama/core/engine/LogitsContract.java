package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.testdata.NeedsData;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers are right: within 1e-4 of what other programs recorded, and the same greedy ids. */
interface LogitsContract {
    double TOLERANCE = 1e-4;

    LanguageModel load(String fixture);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mha",
                "gqa_bf16",
                "llama31_tied",
                "attn_bias",
                "wide_256",
                "rope_linear",
                "rope_yarn",
                "rope_dynamic",
                "lora_chinese",
                "lora_dora",
                "lora_gqa_bf16",
                "lora_layers",
                "lora_patterns",
                "lora_rslora",
                "lora_tied_head"
            })
    default void reference_huggingFace(String name) {
        try (LanguageModel model = load("hf/" + name + "/base")) {
            ReferenceCase.huggingFace(name).forEach(expected -> assertEqual(model, expected));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hf_safetensors_f32", "hf_safetensors_bf16_2shard", "hf_bin_2shard", "meta_1shard", "meta_2shard"
            })
    default void reference_synthetic(String layout) {
        try (LanguageModel model = load("synthetic/base/" + layout)) {
            ReferenceCase.synthetic("base").forEach(expected -> assertEqual(model, expected));
        }
    }

    /** How far blocks may be off, whose numbers an engine may multiply in other ways than one by one. */
    default double blockTolerance() {
        return 1e-3;
    }

    @ParameterizedTest
    @ValueSource(strings = {"f16", "q8_0", "q4_0"})
    default void reference_gguf(String type) {
        try (LanguageModel model = load("gguf/tiny-llama-" + type + ".gguf")) {
            ReferenceCase.gguf(type).forEach(expected -> assertLogits(model, expected, blockTolerance()));
        }
    }

    @Test
    default void reference_ggufOfLlamaCpp() {
        assertLlamaCpp("Q4_K_M");
    }

    @NeedsData("gguf/wide_256/Q6_K.gguf")
    @ParameterizedTest
    @ValueSource(strings = {"Q4_0", "Q5_0", "Q6_K", "Q8_0"})
    default void reference_ggufOfLlamaCpp_inMoreTypes(String type) {
        assertLlamaCpp(type);
    }

    private void assertLlamaCpp(String type) {
        try (LanguageModel model = load("gguf/wide_256/" + type + ".gguf")) {
            ReferenceCase.ggufOfLlamaCpp(type).forEach(expected -> assertLogits(model, expected, blockTolerance()));
        }
    }

    @Test
    default void reference_syntheticMergedByOthers() {
        try (LanguageModel model = load("synthetic/merged_ab/meta_2shard_f16")) {
            ReferenceCase.synthetic("merged_ab_f16").forEach(expected -> assertEqual(model, expected));
        }
    }

    @Test
    default void reference_finalNorm() {
        JsonNode expected = ReferenceCase.json("synthetic/reference/base.hidden_states.json");
        int[] ids = ReferenceCase.ints(expected.get("ids")).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        try (LanguageModel model = load("synthetic/base/hf_safetensors_f32")) {
            List<float[]> hidden = Decoding.outputs(model, Output.HIDDEN, ids);
            for (int i = 0; i < ids.length; i++) {
                assertClose(
                        hidden.get(i),
                        ReferenceCase.doubles(expected.get("after_final_norm").get(i)));
            }
        }
    }

    @Test
    default void reference_trainedModel() {
        JsonNode golden = ReferenceCase.json("models/stories260k-hf.golden.json");
        try (LanguageModel model = load("models/stories260k-hf")) {
            for (JsonNode story : golden.get("generation")) {
                int[] prompt = ReferenceCase.ints(story.get("prompt_ids")).stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
                assertClose(Decoding.lastLogits(model, prompt), ReferenceCase.doubles(story.get("logits_last_f64")));
                assertThat(Decoding.greedy(model, 100, prompt))
                        .isEqualTo(ReferenceCase.ints(story.get("greedy_new_ids")));
            }
            for (JsonNode text : golden.get("nll")) {
                int[] ids = ReferenceCase.ints(text.get("ids")).stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
                assertThat(Decoding.nll(model, ids))
                        .isCloseTo(text.get("nll_sum_nats").asDouble(), within(TOLERANCE * ids.length));
            }
        }
    }

    private static void assertEqual(LanguageModel model, ReferenceCase expected) {
        int[] ids = expected.idArray();
        assertClose(Decoding.lastLogits(model, ids), expected.lastLogits());
        if (ids.length > 1) {
            assertThat(Decoding.nll(model, ids)).isCloseTo(expected.nll(), within(TOLERANCE * ids.length));
        }
        if (expected.minGap() >= 1e-3) {
            assertThat(Decoding.greedy(model, expected.greedy().size(), ids)).isEqualTo(expected.greedy());
        }
    }

    private static void assertLogits(LanguageModel model, ReferenceCase expected, double tolerance) {
        int[] ids = expected.idArray();
        assertClose(Decoding.lastLogits(model, ids), expected.lastLogits(), tolerance);
        if (expected.minGap() >= 10 * tolerance) {
            assertThat(Decoding.greedy(model, expected.greedy().size(), ids)).isEqualTo(expected.greedy());
        }
    }

    private static void assertClose(float[] actual, List<Double> expected) {
        assertClose(actual, expected, TOLERANCE);
    }

    private static void assertClose(float[] actual, List<Double> expected, double tolerance) {
        assertThat(actual).hasSize(expected.size());
        double largest = IntStream.range(0, actual.length)
                .mapToDouble(i -> Math.abs(actual[i] - expected.get(i)))
                .max()
                .orElseThrow(); // NaN if there is one
        assertThat(largest).as("largest difference").isLessThanOrEqualTo(tolerance);
    }
}
