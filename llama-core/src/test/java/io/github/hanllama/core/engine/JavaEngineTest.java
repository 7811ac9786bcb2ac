package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.quant.Kernels;
import org.junit.jupiter.api.Test;

class JavaEngineTest extends EngineContract {
    JavaEngineTest() {
        super("java");
    }

    /**
     * Activations of eight bits: random weights amplify every error, up to a third of the logits' spread of 5 here.
     * {@link JavaExactEngineTest} has the tight bound, {@link JavaQuantizedEngineTest} what a trained model loses.
     */
    @Override
    public double blockTolerance() {
        return 2;
    }

    @Test
    void describe_saysWhatRuns() {
        try (LanguageModel model =
                load("hf/gqa_bf16/base", EngineOptions.defaults().threads(2))) {
            assertThat(model.describe())
                    .isEqualTo("java: BF16 weights, " + Kernels.description() + " kernels, 2 threads");
        }
    }

    @Test
    void logits_longSequence_nearTheReferenceEngine() {
        int[] ids = BatchContract.ids(200);
        try (Checkpoint checkpoint = open("hf/gqa_bf16/base");
                LanguageModel model = load(checkpoint, EngineOptions.defaults());
                LanguageModel reference = Engines.named("reference").load(checkpoint, EngineOptions.defaults())) {
            float[] expected = Decoding.lastLogits(reference, ids);
            assertThat(Decoding.lastLogits(model, ids))
                    .usingComparatorWithPrecision(2e-5f)
                    .containsExactly(expected);
        }
    }
}
