package io.github.hanllama.core.sampling;

/**
 * Where a descending order would be cut, found without sorting: quickselect, linear on average. The values are
 * rearranged.
 */
final class Cut {
    private Cut() {}

    /** The largest value that at least {@code count} values reach. */
    static double atCount(double[] values, int size, int count) {
        return cut(values, size, count, false);
    }

    /** The largest value such that those that reach it sum to at least {@code sum}; the smallest value if none does. */
    static double atSum(double[] values, int size, double sum) {
        return cut(values, size, sum, true);
    }

    private static double cut(double[] values, int size, double target, boolean weighted) {
        int from = 0;
        int to = size;
        double missing = target;
        while (to - from > 1) {
            double pivot = medianOfThree(values[from], values[(from + to) >>> 1], values[to - 1]);
            // values: [from, greater) > pivot, [greater, i) == pivot, [less, to) < pivot
            int greater = from;
            int less = to;
            double massGreater = 0;
            for (int i = from; i < less; ) {
                double value = values[i];
                if (value > pivot) {
                    massGreater += weighted ? value : 1;
                    swap(values, greater++, i++);
                } else if (value < pivot) {
                    swap(values, --less, i);
                } else {
                    i++;
                }
            }
            if (greater > from && massGreater >= missing) {
                to = greater;
                continue;
            }
            double massEqual = (less - greater) * (weighted ? pivot : 1);
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

    private static void swap(double[] values, int i, int j) {
        double value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}
