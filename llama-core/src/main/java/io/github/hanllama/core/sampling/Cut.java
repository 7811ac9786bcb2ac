package io.github.hanllama.core.sampling;

import org.jspecify.annotations.Nullable;

/**
 * Where a descending order would be cut, found without sorting: quickselect, linear on average. The arrays are
 * rearranged.
 */
final class Cut {
    private Cut() {}

    /** The largest value that at least {@code count} values reach. */
    static double atCount(double[] values, int size, int count) {
        return cut(values, null, size, count);
    }

    /** The largest value such that those that reach it sum to at least {@code sum}; the smallest value if none does. */
    static double atSum(double[] values, int size, double sum) {
        return cut(values, values, size, sum);
    }

    /**
     * The largest value such that those that reach it have at least this mass together; the smallest value if none does.
     * The masses are rearranged with the values.
     */
    static double atMass(double[] values, double[] masses, int size, double mass) {
        return cut(values, masses, size, mass);
    }

    /** @param masses of the values, which may be the values themselves; 1 each if null */
    private static double cut(double[] values, double @Nullable [] masses, int size, double target) {
        int from = 0;
        int to = size;
        double missing = target;
        while (to - from > 1) {
            double pivot = medianOfThree(values[from], values[(from + to) >>> 1], values[to - 1]);
            // values: [from, greater) > pivot, [greater, i) == pivot, [less, to) < pivot
            int greater = from;
            int less = to;
            double massGreater = 0;
            double massEqual = 0;
            for (int i = from; i < less; ) {
                double value = values[i];
                double mass = masses == null ? 1 : masses[i];
                if (value > pivot) {
                    massGreater += mass;
                    swap(values, masses, greater++, i++);
                } else if (value < pivot) {
                    swap(values, masses, --less, i);
                } else {
                    massEqual += mass;
                    i++;
                }
            }
            if (greater > from && massGreater >= missing) {
                to = greater;
                continue;
            }
            if (massGreater + massEqual >= missing || less == to) {
                return pivot;
            }
            missing -= massGreater + massEqual;
            from = less;
        }
        return values[from];
    }

    private static double medianOfThree(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    private static void swap(double[] values, double @Nullable [] masses, int i, int j) {
        swap(values, i, j);
        if (masses != null && masses != values) {
            swap(masses, i, j);
        }
    }

    private static void swap(double[] values, int i, int j) {
        double value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}
