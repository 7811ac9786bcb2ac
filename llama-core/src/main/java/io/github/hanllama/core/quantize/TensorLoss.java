package io.github.hanllama.core.quantize;

/**
 * How far numbers are from what they were.
 *
 * @param numbers how many were compared
 * @param squaredError the sum of the squares of the differences
 * @param squares the sum of the squares of what the numbers were
 * @param maxError the largest difference
 */
public record TensorLoss(long numbers, double squaredError, double squares, double maxError) {
    public static final TensorLoss NONE = new TensorLoss(0, 0, 0, 0);

    /** Of both together. */
    public TensorLoss plus(TensorLoss other) {
        return new TensorLoss(
                numbers + other.numbers,
                squaredError + other.squaredError,
                squares + other.squares,
                Math.max(maxError, other.maxError));
    }

    /** The root of the mean squared difference; 0 of nothing. */
    public double rmse() {
        return numbers == 0 ? 0 : Math.sqrt(squaredError / numbers);
    }

    /** {@link #rmse()} as a share of the root mean square of the numbers; 0 where all of them are 0. */
    public double relativeError() {
        return squares == 0 ? 0 : Math.sqrt(squaredError / squares);
    }

    static TensorLoss between(float[] before, float[] after, int count) {
        double squaredError = 0;
        double squares = 0;
        double maxError = 0;
        for (int i = 0; i < count; i++) {
            double difference = (double) after[i] - before[i];
            squaredError += difference * difference;
            squares += (double) before[i] * before[i];
            maxError = Math.max(maxError, Math.abs(difference));
        }
        return new TensorLoss(count, squaredError, squares, maxError);
    }
}
