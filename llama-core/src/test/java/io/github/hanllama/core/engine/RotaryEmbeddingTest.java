package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.config.RopeScaling.DynamicNtk;
import io.github.hanllama.core.config.RopeScaling.Yarn;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RotaryEmbeddingTest {
    private static RotaryEmbedding rotary(int headDim, RopeScaling scaling) {
        return RotaryEmbedding.of(
                LlamaConfig.builder().headDim(headDim).ropeScaling(scaling).build());
    }

    /** Recorded from LlamaRotaryEmbedding of transformers 5.18. */
    @Test
    void fill_farPositionAsTransformers() {
        RotaryEmbedding rotary = rotary(16, new Yarn(4, 2048, OptionalDouble.empty(), 32, 1, 0, 0, true));
        float[] cos = new float[10];
        float[] sin = new float[10];
        rotary.fill(8191, 1, cos, sin, 2);
        float[] expectedCos = {
            0,
            0,
            -0.7359992265701294f,
            0.02443675324320793f,
            -0.7466346025466919f,
            -1.1380752325057983f,
            0.6822930574417114f,
            0.3761155307292938f,
            -0.5227162837982178f,
            0.9081262350082397f
        };
        float[] expectedSin = {
            0,
            0,
            -0.8687819838523865f,
            1.1383671760559082f,
            0.8596591353416443f,
            0.0355222262442112f,
            0.9115663766860962f,
            -1.0747158527374268f,
            1.011555552482605f,
            0.6868651509284973f
        };
        assertThat(cos).containsExactly(expectedCos, within(1e-6f));
        assertThat(sin).containsExactly(expectedSin, within(1e-6f));
    }

    @Test
    void fill_dynamicFollowsTheSequence() {
        RotaryEmbedding rotary = rotary(16, new DynamicNtk(2, 32));
        assertThat(rotary.dependsOnLength()).isTrue();
        assertThat(cos(rotary, 20, 21)).isEqualTo(cos(rotary, 20, 32));
        assertThat(cos(rotary, 20, 100)).isNotEqualTo(cos(rotary, 20, 32));
        assertThat(cos(rotary, 20, 21)).isEqualTo(cos(rotary(16, RopeScaling.NONE), 20, 100));
    }

    private static float[] cos(RotaryEmbedding rotary, int position, int sequenceLength) {
        float[] cos = new float[rotary.width()];
        rotary.fill(position, sequenceLength, cos, new float[rotary.width()], 0);
        return cos;
    }

    @Test
    void rotate_turnsTheHalvesOfOneHead() {
        RotaryEmbedding rotary = rotary(4, RopeScaling.NONE);
        float[] heads = {9, 9, 1, 2, 3, 4, 9};
        rotary.rotate(heads, 2, new float[] {9, 0, 1}, new float[] {9, 1, 0}, 1);
        assertThat(heads).containsExactly(9, 9, -3, 2, 1, 4, 9);
    }

    @Test
    void of_dynamicWithOnePair() {
        assertThatThrownBy(() -> rotary(2, new DynamicNtk(2, 32)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("head_dim 2");
    }
}
