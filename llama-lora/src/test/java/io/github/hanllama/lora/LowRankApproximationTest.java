package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LowRankApproximationTest {
    private final Random random = new Random(21);

    /** Larger than the sampled space, so that it is the randomized method that is tested. */
    @ParameterizedTest
    @CsvSource({"150, 90, 5", "90, 150, 5", "200, 60, 20"})
    void ofKnownSingularValues_leavesOutTheRest(int rows, int columns, int rank) {
        int size = Math.min(rows, columns);
        double[] singular = new double[size];
        Arrays.setAll(singular, k -> 10 * Math.pow(0.85, k));
        float[] values = matrix(rows, columns, singular);

        LowRankApproximation.Result result = LowRankApproximation.of(delta(rows, columns, values), rank);

        double left =
                Math.sqrt(Arrays.stream(singular).skip(rank).map(s -> s * s).sum());
        assertThat(result.rank()).isEqualTo(rank);
        assertThat(result.error()).isBetween(left * (1 - 1e-5), left * (1 + 1e-3));
        assertThat(result.norm())
                .isCloseTo(Math.sqrt(Arrays.stream(singular).map(s -> s * s).sum()), offset(1e-4));
        for (int k = 0; k < rank; k++) {
            assertThat(result.singularValues()[k]).isCloseTo(singular[k], offset(1e-3));
        }
        assertThat(norm(minusPair(values, columns, result))).isCloseTo(result.error(), offset(1e-6));
    }

    @Test
    void ofALowRank_isExact() {
        float[] values = matrix(120, 80, new double[] {3, 2, 1});

        LowRankApproximation.Result result = LowRankApproximation.of(delta(120, 80, values), 3);

        assertThat(result.error()).isLessThan(1e-5);
    }

    @Test
    void ofZeros() {
        LowRankApproximation.Result result = LowRankApproximation.of(delta(30, 40, new float[1200]), 4);

        assertThat(result.norm()).isZero();
        assertThat(result.error()).isZero();
        assertThat(result.b()).containsOnly(0f);
    }

    @Test
    void ofOneRow() {
        float[] values = {3, 0, 4};

        LowRankApproximation.Result result = LowRankApproximation.of(delta(1, 3, values), 2);

        assertThat(result.singularValues()).hasSize(1);
        assertThat(result.singularValues()[0]).isCloseTo(5, offset(1e-9));
        assertThat(result.error()).isLessThan(1e-6);
    }

    @Test
    void smallSvd_putsTheMatrixTogetherAgain() {
        int size = 12;
        double[][] matrix = new double[size][size];
        for (double[] row : matrix) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        Arrays.fill(matrix[3], 0);

        SmallSvd svd = SmallSvd.of(matrix);

        assertThat(svd.values()[size - 1]).isLessThan(1e-12);
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double sum = 0;
                for (int k = 0; k < size; k++) {
                    sum += svd.values()[k] * svd.left()[k][i] * svd.right()[k][j];
                }
                assertThat(sum).isCloseTo(matrix[i][j], offset(1e-12));
            }
        }
        assertThat(svd.values()).isSortedAccordingTo((x, y) -> Double.compare(y, x));
    }

    private static Delta delta(int rows, int columns, float[] values) {
        TensorInfo info =
                new TensorInfo("model.layers.0.mlp.up_proj.weight", List.of((long) rows, (long) columns), DType.F32);
        MemoryTensor tensor = MemoryTensor.of(info, values);
        return new Delta(info.name(), info.shape(), rows, Delta.fullRank(info), tensor::readRows);
    }

    /** Reflections of unit vectors are at right angles exactly, up to rounding in f64. */
    private float[] matrix(int rows, int columns, double[] singular) {
        double[] u = unit(rows);
        double[] v = unit(columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            double sum = 0;
            for (int k = 0; k < singular.length; k++) {
                sum += singular[k] * reflected(u, i / columns, k) * reflected(v, i % columns, k);
            }
            values[i] = (float) sum;
        }
        return values;
    }

    private static double reflected(double[] axis, int row, int column) {
        return (row == column ? 1 : 0) - 2 * axis[row] * axis[column];
    }

    private double[] unit(int length) {
        double[] vector = new double[length];
        Arrays.setAll(vector, i -> random.nextGaussian());
        double norm = Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
        return Arrays.stream(vector).map(x -> x / norm).toArray();
    }

    private static double[] minusPair(float[] values, int columns, LowRankApproximation.Result pair) {
        double[] rest = new double[values.length];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = values[i];
            for (int k = 0; k < pair.rank(); k++) {
                rest[i] -= (double) pair.b()[i / columns * pair.rank() + k] * pair.a()[k * columns + i % columns];
            }
        }
        return rest;
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    }
}
