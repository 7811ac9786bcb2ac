package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.config.RopeScaling.DynamicNtk;
import io.github.hanllama.core.config.RopeScaling.Linear;
import io.github.hanllama.core.config.RopeScaling.Llama3;
import io.github.hanllama.core.config.RopeScaling.Yarn;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values are what {@code ROPE_INIT_FUNCTIONS} of transformers 5.18 returns for head_dim 16. */
class RopeFrequenciesTest {
    private static final double THETA = 10000;

    private static void assertFrequencies(double theta, RopeScaling scaling, int sequenceLength, float... expected) {
        LlamaConfig config = LlamaConfig.builder()
                .headDim(16)
                .ropeTheta(theta)
                .ropeScaling(scaling)
                .build();
        float[] actual = RopeFrequencies.inverse(config, sequenceLength);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as("at %d", i).isCloseTo(expected[i], within(expected[i] * 5e-7f));
        }
    }

    private static Yarn yarn(double factor, double betaFast, double betaSlow, boolean truncate) {
        return new Yarn(factor, 2048, OptionalDouble.empty(), betaFast, betaSlow, 0, 0, truncate);
    }

    @Test
    void linear() {
        assertFrequencies(
                THETA,
                new Linear(4),
                1,
                0.25f,
                0.07905694097280502f,
                0.02500000037252903f,
                0.007905694656074047f,
                0.0024999999441206455f,
                0.0007905694656074047f,
                0.0002500000118743628f,
                7.905694656074047e-05f);
    }

    @ParameterizedTest
    @CsvSource({"1", "2048"})
    void dynamic_withinTheTrainedContext(int length) {
        assertFrequencies(
                THETA,
                new DynamicNtk(2, 2048),
                length,
                1.0f,
                0.3162277638912201f,
                0.10000000149011612f,
                0.03162277862429619f,
                0.009999999776482582f,
                0.003162277862429619f,
                0.0010000000474974513f,
                0.0003162277862429619f);
    }

    @Test
    void dynamic_onePositionBeyond() {
        assertFrequencies(
                THETA,
                new DynamicNtk(2, 2048),
                2049,
                1.0f,
                0.3161836862564087f,
                0.09997211396694183f,
                0.03160955011844635f,
                0.00999442394822836f,
                0.0031600738875567913f,
                0.0009991637198254466f,
                0.00031591925653629005f);
    }

    @Test
    void dynamic_farBeyond() {
        assertFrequencies(
                THETA,
                new DynamicNtk(2, 2048),
                100_000,
                1.0f,
                0.16458706557750702f,
                0.02708890661597252f,
                0.004458483308553696f,
                0.0007338087307289243f,
                0.00012077543942723423f,
                1.9878074454027228e-05f,
                3.27167413161078e-06f);
    }

    @Test
    void yarn_defaults() {
        assertFrequencies(
                THETA,
                yarn(4, 32, 1, true),
                1,
                1.0f,
                0.3162277638912201f,
                0.10000000149011612f,
                0.025693506002426147f,
                0.00624999962747097f,
                0.0013834965648129582f,
                0.0002500000118743628f,
                7.905694656074047e-05f);
    }

    @Test
    void yarn_rangeNotTruncated() {
        assertFrequencies(
                THETA,
                yarn(4, 16, 2, false),
                1,
                1.0f,
                0.3162277638912201f,
                0.10000000149011612f,
                0.02660749852657318f,
                0.004261618945747614f,
                0.0007905694656074047f,
                0.0002500000118743628f,
                7.905694656074047e-05f);
    }

    @Test
    void yarn_emptyRange() {
        assertFrequencies(
                THETA,
                new Yarn(4, 4, OptionalDouble.empty(), 32, 1, 0, 0, true),
                1,
                1.0f,
                0.07905694097280502f,
                0.02500000037252903f,
                0.007905694656074047f,
                0.0024999999441206455f,
                0.0007905694656074047f,
                0.0002500000118743628f,
                7.905694656074047e-05f);
    }

    @Test
    void llama3_trainedOn8192() {
        assertFrequencies(
                500_000,
                new Llama3(8, 1, 4, 8192),
                1,
                1.0f,
                0.193922758102417f,
                0.03760603070259094f,
                0.00729266507551074f,
                0.0005248460220173001f,
                3.428102354519069e-05f,
                6.647869668086059e-06f,
                1.289173155782919e-06f);
    }

    @Test
    void llama3_mostFrequenciesLow() {
        assertFrequencies(
                500_000,
                new Llama3(32, 1, 4, 100),
                1,
                1.0f,
                0.13671083748340607f,
                0.001175188459455967f,
                0.00022789578360971063f,
                4.4194170186528936e-05f,
                8.570255886297673e-06f,
                1.6619674170215148e-06f,
                3.2229328894572973e-07f);
    }

    @ParameterizedTest
    @CsvSource({
        "4,   ,      0,     0, 1.138629436111989",
        "4,   0.75,  0,     0, 0.75",
        "4,   ,      0.707, 1, 0.964326914892074",
        "4,   ,      0.707, 0, 1.138629436111989",
        "0.5, ,      0,     0, 1",
    })
    void yarn_attentionScaling(double factor, Double explicit, double mscale, double mscaleAllDim, float expected) {
        OptionalDouble attention = explicit == null ? OptionalDouble.empty() : OptionalDouble.of(explicit);
        Yarn yarn = new Yarn(factor, 2048, attention, 32, 1, mscale, mscaleAllDim, true);
        assertThat(RopeFrequencies.attentionScaling(yarn)).isEqualTo(expected);
    }
}
