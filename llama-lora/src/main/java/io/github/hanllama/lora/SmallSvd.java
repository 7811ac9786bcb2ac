package io.github.hanllama.lora;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The singular value decomposition of a small square matrix: {@code m = sum over k of values[k] * left[k] @ right[k]^T}, the
 * largest value first.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not kept
record SmallSvd(double[] values, double[][] left, double[][] right) {
    private static final int MAX_SWEEPS = 60;
    private static final double CONVERGED = 1e-15;

    /** One-sided Jacobi: turns pairs of columns until all are at right angles (Golub and Van Loan, 8.6.3). */
    static SmallSvd of(double[][] matrix) {
        int size = matrix.length;
        double[][] columns = new double[size][size];
        double[][] turned = new double[size][size]; // v, by columns
        for (int j = 0; j < size; j++) {
            turned[j][j] = 1;
            for (int i = 0; i < size; i++) {
                columns[j][i] = matrix[i][j];
            }
        }
        for (int sweep = 0; sweep < MAX_SWEEPS && sweep(columns, turned); sweep++) {}
        return sorted(columns, turned);
    }

    /** Whether there was something to turn. */
    private static boolean sweep(double[][] columns, double[][] turned) {
        boolean any = false;
        for (int p = 0; p < columns.length; p++) {
            for (int q = p + 1; q < columns.length; q++) {
                double pp = Orthogonal.dot(columns[p], columns[p]);
                double qq = Orthogonal.dot(columns[q], columns[q]);
                double pq = Orthogonal.dot(columns[p], columns[q]);
                if (Math.abs(pq) > CONVERGED * Math.sqrt(pp * qq) && pq != 0) {
                    any = true;
                    double zeta = (qq - pp) / (2 * pq);
                    double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
                    double cosine = 1 / Math.hypot(1, tangent);
                    turn(columns[p], columns[q], cosine, cosine * tangent);
                    turn(turned[p], turned[q], cosine, cosine * tangent);
                }
            }
        }
        return any;
    }

    private static void turn(double[] p, double[] q, double cosine, double sine) {
        for (int i = 0; i < p.length; i++) {
            double value = p[i];
            p[i] = cosine * value - sine * q[i];
            q[i] = sine * value + cosine * q[i];
        }
    }

    private static SmallSvd sorted(double[][] columns, double[][] turned) {
        double[] lengths = Arrays.stream(columns)
                .mapToDouble(column -> Math.sqrt(Orthogonal.dot(column, column)))
                .toArray();
        int[] order = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer k) -> lengths[k]).reversed())
                .mapToInt(Integer::intValue)
                .toArray();
        double[] values = new double[lengths.length];
        double[][] left = new double[lengths.length][];
        double[][] right = new double[lengths.length][];
        for (int k = 0; k < order.length; k++) {
            values[k] = lengths[order[k]];
            double factor = values[k] == 0 ? 0 : 1 / values[k];
            left[k] = Arrays.stream(columns[order[k]])
                    .map(value -> value * factor)
                    .toArray();
            right[k] = turned[order[k]];
        }
        return new SmallSvd(values, left, right);
    }
}
