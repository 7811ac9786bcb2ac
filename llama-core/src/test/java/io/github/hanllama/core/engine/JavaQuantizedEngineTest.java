package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.Kernels;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.TestData;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights quantized while loading, with rounded activations: rows are as independent as without. */
class JavaQuantizedEngineTest implements BatchContract {
    private static Checkpoint open(String fixture, QuantRecipe recipe) {
        Checkpoint checkpoint = Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()));
        return QuantizedCheckpoint.of(checkpoint, QuantOptions.of(recipe));
    }

    @Override
    public LanguageModel load(String fixture, EngineOptions options) {
        try (Checkpoint checkpoint = open(fixture, QuantRecipe.Q4_K_M)) { // of types that read prompts differently
            return Engines.named("java").load(checkpoint, options);
        }
    }

    @Override
    public LanguageModel load(String fixture) {
        return load(fixture, EngineOptions.defaults());
    }

    @Test
    void describe_namesTheTypesOfMatrices() {
        try (LanguageModel model =
                load("hf/gqa_bf16/base", EngineOptions.defaults().threads(2))) {
            assertThat(model.describe())
                    .isEqualTo("java: Q5_0 and Q8_0 weights, " + Kernels.description() + " kernels, 2 threads");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1"})
    void nll_ofATrainedModel_hardlySuffersFromRoundedActivations(QuantRecipe recipe) {
        EngineOptions options = EngineOptions.defaults();
        try (Checkpoint checkpoint = open("models/stories260k-hf", recipe);
                LanguageModel rounded = Engines.named("java").load(checkpoint, options);
                LanguageModel exact = Engines.named("java").load(checkpoint, options.exactActivations(true))) {
            for (JsonNode text :
                    ReferenceCase.json("models/stories260k-hf.golden.json").get("nll")) {
                int[] ids = ReferenceCase.ints(text.get("ids")).stream()
                        .mapToInt(Integer::intValue)
                        .toArray();
                assertThat(nll(rounded, ids)).isCloseTo(nll(exact, ids), within(0.03 * ids.length));
            }
        }
    }

    /** As {@link Decoding#nll}, but as if the text had been generated: prompts are exact anyway. */
    private static double nll(LanguageModel model, int... ids) {
        double sum = 0;
        try (Session session = Decoding.session(model)) {
            for (int i = 1; i < ids.length; i++) {
                float[] logits = session.decode(ids[i - 1]);
                double exponentials = 0;
                for (float logit : logits) {
                    exponentials += Math.exp(logit);
                }
                sum += Math.log(exponentials) - logits[ids[i]];
            }
        }
        return sum;
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q6_K", "Q5_1", "Q4_K_M", "Q2_K"})
    void generated_anyNumberTogether_sameBitsAsOneByOne(QuantRecipe recipe) {
        EngineOptions options = EngineOptions.defaults().threads(2);
        try (Checkpoint checkpoint = open("hf/wide_256/base", recipe);
                LanguageModel model = Engines.named("java").load(checkpoint, options);
                Session together = Decoding.session(model);
                Session single = Decoding.session(model)) {
            for (int size : new int[] {1, 2, 5, 8, 17}) {
                int[] ids = BatchContract.ids(size);
                List<float[]> outputs = Decoding.outputs(
                        model, BatchRow.generated(together.cache(), ids).outputAll(Output.LOGITS));
                for (int i = 0; i < size; i++) {
                    Decoding.assertSameBits(outputs.get(i), single.decode(ids[i]));
                }
            }
        }
    }
}
