package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The right base, and others that are ever closer to it. */
class ExactSumsTest {
    private static final String NAME = "lm_head.weight";
    private static final List<Long> SHAPE = List.of(64L, 512L);

    private final Random random = new Random(9);

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F32"})
    void differencesInTheTypeOfTheModels_knowTheirBase(DType dtype) {
        Tensor base = tensor(dtype, noise(new float[64 * 512], 0.02f));
        Tensor tuned = tensor(dtype, noise(Values.of(base), 0.001f));
        Tensor sibling = tensor(dtype, noise(Values.of(base), 0.001f));
        Tensor other = tensor(dtype, noise(new float[64 * 512], 0.02f));
        Tensor patch = tensor(dtype, difference(tuned, base));

        assertThat(sums(base, patch).exact())
                .isEqualTo(sums(base, patch).sums())
                .isGreaterThan(10_000);
        assertThat(sums(base, patch).isOfAnotherBase()).isFalse();
        assertThat(sums(tuned, patch).isOfAnotherBase()).as("patched already").isTrue();
        assertThat(sums(sibling, patch).isOfAnotherBase()).as("tuned otherwise").isTrue();
        assertThat(sums(other, patch).isOfAnotherBase()).as("trained otherwise").isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void differencesTakenInF32_proveNothing(DType dtype) {
        Tensor base = tensor(dtype, noise(new float[64 * 512], 0.02f));
        Tensor tuned = tensor(DType.F32, noise(Values.of(base), 0.001f));

        ExactSums sums = sums(base, tensor(dtype, difference(tuned, base)));

        assertThat(sums.exact()).isLessThan(sums.sums() / 4);
        assertThat(sums.isOfAnotherBase()).isFalse();
    }

    private static ExactSums sums(Tensor base, Tensor patch) {
        LlamaConfig config = LlamaConfig.builder()
                .hiddenSize(512)
                .intermediateSize(8)
                .numHiddenLayers(1)
                .numAttentionHeads(8)
                .vocabSize(64)
                .build();
        try (Checkpoint model = TinyModel.of(config, Map.of(NAME, base))) {
            return ExactSums.sample(model, Map.of(NAME, patch));
        }
    }

    private static Tensor tensor(DType dtype, float[] values) {
        return MemoryTensor.of(new TensorInfo(NAME, SHAPE, dtype), values);
    }

    private float[] noise(float[] values, float deviation) {
        float[] result = values.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] += deviation * (float) random.nextGaussian();
        }
        return result;
    }

    private static float[] difference(Tensor tuned, Tensor base) {
        float[] result = Values.of(tuned);
        float[] other = Values.of(base);
        for (int i = 0; i < result.length; i++) {
            result[i] -= other[i];
        }
        return result;
    }
}
