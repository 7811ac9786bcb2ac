package io.github.hanllama.lora;

import java.util.Arrays;
import java.util.Random;

/**
 * The nearest matrix of a small rank to one that is only read, row by row: a randomized singular value decomposition with power
 * iterations.
 *
 * <p>Where rank and oversampling reach the smaller side, or the rank the matrix has, it is the exact one up to rounding in f64.
 * What the factors, rounded to f32, leave out is measured in one more reading, not estimated.
 *
 * @see <a href="https://arxiv.org/abs/0909.4061">Halko, Martinsson, Tropp, algorithms 4.4 and 5.1</a>
 */
final class LowRankApproximation {
    private static final int OVERSAMPLING = 16;
    private static final int POWER_ITERATIONS = 3;
    private static final double DEPENDENT = 1e-12;
    private static final long SEED = 20230513;

    private final Delta delta;
    private final int rows;
    private final int columns;
    private final int width; // of the sampled space
    private double squaredNorm;

    private LowRankApproximation(Delta delta, int rank) {
        this.delta = delta;
        this.rows = Math.toIntExact(delta.rowCount());
        this.columns = delta.columns();
        this.width = Math.min(Math.min(rank + OVERSAMPLING, delta.rank() + 1), Math.min(rows, columns));
    }

    /**
     * @param b (rows, rank) row by row
     * @param a (rank, columns) row by row
     * @param singularValues of the matrix, the largest first: those of the pair and some after them
     * @param norm of the matrix, Frobenius
     * @param error of the pair, likewise
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not kept
    record Result(float[] b, float[] a, int rank, double[] singularValues, double norm, double error) {}

    /** @param rank at most; a matrix of a lower rank gives a pair of that */
    static Result of(Delta delta, int rank) {
        return new LowRankApproximation(delta, rank).compute(rank);
    }

    private Result compute(int rank) {
        Orthogonal left = Orthogonal.of(timesRandom());
        if (squaredNorm == 0) {
            return new Result(new float[rows], new float[columns], 1, new double[] {0}, 0, 0);
        }
        for (int i = 0; i < POWER_ITERATIONS; i++) {
            left = Orthogonal.of(
                    times(Orthogonal.of(transposedTimes(left.columns())).columns()));
        }
        Orthogonal right = Orthogonal.of(transposedTimes(left.columns())); // matrix ≈ left @ triangle^T @ right^T
        SmallSvd svd = SmallSvd.of(right.triangle()); // triangle = u s v^T
        double[] values = svd.values();
        long different = Arrays.stream(values)
                .filter(value -> value > DEPENDENT * values[0])
                .count();
        int kept = Math.clamp(different, 1, rank);
        float[] b = new float[rows * kept];
        float[] a = new float[kept * columns];
        for (int k = 0; k < kept; k++) {
            double root = Math.sqrt(values[k]);
            double[] onLeft = combined(left.columns(), svd.right()[k], root, rows);
            double[] onRight = combined(right.columns(), svd.left()[k], root, columns);
            for (int row = 0; row < rows; row++) {
                b[row * kept + k] = (float) onLeft[row];
            }
            for (int column = 0; column < columns; column++) {
                a[k * columns + column] = (float) onRight[column];
            }
        }
        return new Result(b, a, kept, values, Math.sqrt(squaredNorm), error(b, a, kept));
    }

    private static double[] combined(double[][] vectors, double[] weights, double factor, int length) {
        double[] sum = new double[length];
        for (int j = 0; j < vectors.length; j++) {
            Orthogonal.addScaled(sum, factor * weights[j], vectors[j]);
        }
        return sum;
    }

    private double[][] timesRandom() {
        Random random = new Random(SEED);
        double[][] sample = new double[width][columns];
        for (double[] column : sample) {
            Arrays.setAll(column, i -> random.nextGaussian());
        }
        delta.rows().read(0, rows, (firstRow, rowCount, values) -> {
            for (int i = 0; i < rowCount * columns; i++) {
                squaredNorm += (double) values[i] * values[i];
            }
        });
        return times(sample);
    }

    /** {@code matrix @ x}; both by columns. */
    private double[][] times(double[][] x) {
        double[][] product = new double[x.length][rows];
        double[] row = new double[columns];
        delta.rows().read(0, rows, (firstRow, rowCount, values) -> {
            for (int r = 0; r < rowCount; r++) {
                widen(values, r * columns, row);
                for (int k = 0; k < x.length; k++) {
                    product[k][(int) firstRow + r] = Orthogonal.dot(row, x[k]);
                }
            }
        });
        return product;
    }

    /** {@code matrix^T @ y}; both by columns. */
    private double[][] transposedTimes(double[][] y) {
        double[][] product = new double[y.length][columns];
        double[] row = new double[columns];
        delta.rows().read(0, rows, (firstRow, rowCount, values) -> {
            for (int r = 0; r < rowCount; r++) {
                widen(values, r * columns, row);
                for (int k = 0; k < y.length; k++) {
                    Orthogonal.addScaled(product[k], y[k][(int) firstRow + r], row);
                }
            }
        });
        return product;
    }

    private double error(float[] b, float[] a, int rank) {
        double[] sum = {0};
        double[] row = new double[columns];
        double[][] factors = new double[rank][columns];
        for (int k = 0; k < rank; k++) {
            widen(a, k * columns, factors[k]);
        }
        delta.rows().read(0, rows, (firstRow, rowCount, values) -> {
            for (int r = 0; r < rowCount; r++) {
                widen(values, r * columns, row);
                for (int k = 0; k < rank; k++) {
                    Orthogonal.addScaled(row, -b[((int) firstRow + r) * rank + k], factors[k]);
                }
                sum[0] += Orthogonal.dot(row, row);
            }
        });
        return Math.sqrt(sum[0]);
    }

    private static void widen(float[] source, int at, double[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] = source[at + i];
        }
    }
}
