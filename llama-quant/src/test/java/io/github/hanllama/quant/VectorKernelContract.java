package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

abstract class VectorKernelContract {
    private static final int AT = 3;

    private final VectorKernel specification = new ScalarVectorKernel();

    abstract VectorKernel kernel();

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 207, 4098})
    void add_anyCount_addsInTheRangeOnly(int count) {
        float[] x = Numbers.withCorners(1, count + 2 * AT);
        float[] y = Numbers.withCorners(2, count + AT);
        float[] expected = x.clone();
        for (int i = 0; i < count; i++) {
            expected[AT + i] = x[AT + i] + y[1 + i];
        }
        kernel().add(x, AT, y, 1, count);
        Numbers.assertSameBits(x, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 207, 4098})
    void rmsNorm_anyCount_isTheSpecification(int count) {
        float[] x = Numbers.uniform(3, count + AT);
        float[] weight = Numbers.uniform(4, count);
        float[] actual = new float[count + 2];
        float[] expected = new float[count + 2];
        kernel().rmsNorm(x, AT, weight, 1e-5f, actual, 1);
        specification.rmsNorm(x, AT, weight, 1e-5f, expected, 1);
        Numbers.assertSameBits(actual, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 207, 4098})
    void rmsNorm_anyCount_isNearTheDoubleResult(int count) {
        float[] x = Numbers.uniform(5, count);
        float[] weight = Numbers.uniform(6, count);
        float[] actual = new float[count];
        kernel().rmsNorm(x, 0, weight, 1e-5f, actual, 0);
        double squares = 0;
        for (float value : x) {
            squares += (double) value * value;
        }
        for (int i = 0; i < count; i++) {
            double expected = weight[i] * (x[i] / Math.sqrt(squares / count + 1e-5f));
            assertThat((double) actual[i]).isCloseTo(expected, within(4e-7 * Math.abs(expected) + 1e-12));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 15, 16, 17, 64, 207})
    void rotate_anyHalf_turnsEachPair(int half) {
        float[] head = Numbers.withCorners(7, 2 * half + 2 * AT);
        float[] cos = Numbers.uniform(8, half + 1);
        float[] sin = Numbers.uniform(9, half + 1);
        float[] expected = head.clone();
        for (int i = 0; i < half; i++) {
            float a = head[AT + i];
            float b = head[AT + half + i];
            expected[AT + i] = a * cos[1 + i] - b * sin[1 + i];
            expected[AT + half + i] = b * cos[1 + i] + a * sin[1 + i];
        }
        kernel().rotate(head, AT, half, cos, sin, 1);
        Numbers.assertSameBits(head, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 207, 4098})
    void swiGlu_anyCount_isTheSpecification(int count) {
        float[] gate = gates(count + 2 * AT);
        float[] up = Numbers.withCorners(10, gate.length);
        float[] expected = gate.clone();
        specification.swiGlu(expected, up, AT, count);
        kernel().swiGlu(gate, up, AT, count);
        Numbers.assertSameBits(gate, expected);
    }

    @Test
    void swiGlu_ordinaryGates_isNearTheDoubleResult() {
        float[] gate = gates(4098);
        float[] up = Numbers.uniform(11, gate.length);
        float[] actual = gate.clone();
        kernel().swiGlu(actual, up, 0, gate.length);
        for (int i = 0; i < gate.length; i++) {
            double expected = Math.abs(gate[i]) > 80 ? Double.NaN : gate[i] / (1 + Math.exp(-gate[i])) * up[i];
            if (!Double.isNaN(expected)) {
                assertThat((double) actual[i]).isCloseTo(expected, within(4e-7 * Math.abs(expected) + 1e-37));
            }
        }
    }

    private static float[] gates(int count) {
        float[] gates = Numbers.withCorners(12, count);
        for (int i = 0; i < count; i++) {
            gates[i] *= 1 << i % 8;
        }
        gates[count / 2] = Float.NaN;
        return gates;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 207, 4098})
    void max_anyCount_isTheLargestInTheRange(int count) {
        float[] x = Numbers.withCorners(16, count + 2 * AT);
        x[AT - 1] = Float.POSITIVE_INFINITY;
        x[AT + count] = Float.NaN;
        float expected = Float.NEGATIVE_INFINITY;
        for (int i = AT; i < AT + count; i++) {
            expected = Math.max(expected, x[i]);
        }
        assertThat(kernel().max(x, AT, count)).isEqualTo(expected);
        x[AT + count - 1] = Float.NaN;
        assertThat(kernel().max(x, AT, count)).isNaN();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 207, 4098})
    void expBelow_anyCount_isTheSpecification(int count) {
        float[] actual = Numbers.withCorners(13, count + 2 * AT);
        float[] expected = actual.clone();
        float max = specification.max(actual, AT, count);
        float expectedSum = specification.expBelow(max, expected, AT, count, 0.25f);
        float sum = kernel().expBelow(max, actual, AT, count, 0.25f);
        Numbers.assertSameBits(new float[] {sum}, new float[] {expectedSum});
        Numbers.assertSameBits(actual, expected);
    }

    @Test
    void expBelow_ordinaryScores_isNearTheDoubleResult() {
        float[] actual = Numbers.uniform(14, 1000);
        float[] x = actual.clone();
        float max = specification.max(x, 0, 1000);
        float sum = kernel().expBelow(max, actual, 0, 1000, 3);
        double expectedSum = 0;
        for (int i = 0; i < 1000; i++) {
            double expected = Math.exp(3.0 * (x[i] - max));
            expectedSum += expected;
            assertThat((double) actual[i]).isCloseTo(expected, within(6e-7 * expected));
        }
        assertThat((double) sum).isCloseTo(expectedSum, within(1e-6 * expectedSum));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 207})
    void scale_anyCount_multipliesInTheRangeOnly(int count) {
        float[] x = Numbers.withCorners(15, count + 2 * AT);
        float[] expected = x.clone();
        for (int i = AT; i < AT + count; i++) {
            expected[i] *= 0.3f;
        }
        kernel().scale(x, AT, count, 0.3f);
        Numbers.assertSameBits(x, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 207})
    void blend_anyCount_inTheRangeOnly(int count) {
        float[] x = Numbers.withCorners(17, count + 2 * AT);
        float[] y = Numbers.withCorners(18, count + AT);
        float[] expected = x.clone();
        for (int i = 0; i < count; i++) {
            expected[AT + i] = Math.fma(x[AT + i], 0.7f, y[1 + i] * 0.3f);
        }
        kernel().blend(x, AT, 0.7f, y, 1, 0.3f, count);
        Numbers.assertSameBits(x, expected);
    }

    @Test
    void sum_ofParts_isATree() {
        float[] parts = new float[16];
        parts[0] = 1;
        parts[1] = 0x1p25f;
        parts[9] = -0x1p25f;
        parts[15] = 2;
        assertThat(VectorKernel.sum(parts)).isEqualTo(3);
    }
}
