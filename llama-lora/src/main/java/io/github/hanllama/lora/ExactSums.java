package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.HalfFloats;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * What sums say of a base. The difference of two numbers of a type that are within a factor of two of each other is itself a
 * number of that type (Sterbenz), and added to the smaller one gives the other without rounding. So where a difference is less
 * than half its base, the sum on the right base is always exact; on weights of another model a quarter or more of the sums are
 * not, and even on a model tuned from the right base, or patched already, some in a hundred.
 *
 * <p>Of differences that were taken in another type than they are stored in, next to no sums are exact on any base: these
 * prove nothing.
 *
 * @param sums how many were looked at
 * @param exact how many of them need no rounding
 */
record ExactSums(long sums, long exact) {
    private static final int ROWS_PER_TENSOR = 2;
    private static final int ROWS_OF_EMBEDDINGS = 64; // many rows are of rare words, that hardly change
    private static final long MIN_SUMS = 256;
    private static final double TAKEN_IN_ANOTHER_TYPE = 0.4;

    /** Looks at some rows of each tensor that has the same 16-bit or 32-bit type in both. */
    static ExactSums sample(Checkpoint base, Map<String, Tensor> deltas) {
        Counter counter = new Counter();
        deltas.forEach((name, delta) -> {
            TensorInfo info = delta.info();
            if (base.tensor(name).info().dtype() == info.dtype() && info.rows() > 0) {
                int count = LoraInfo.BY_VOCABULARY.contains(name) ? ROWS_OF_EMBEDDINGS : ROWS_PER_TENSOR;
                long step = Math.max(1, info.rows() / count);
                for (long row = 0; row < info.rows(); row += step) {
                    counter.add(
                            info.dtype(), Rows.read(base.tensor(name), row, row + 1), Rows.read(delta, row, row + 1));
                }
            }
        });
        return new ExactSums(counter.sums, counter.exact);
    }

    /** Whether these differences cannot be those to this base. */
    boolean isOfAnotherBase() {
        return sums >= MIN_SUMS && exact < sums && exact > TAKEN_IN_ANOTHER_TYPE * sums;
    }

    String describe() {
        return String.format(
                Locale.ROOT,
                "on its base every difference of less than half a weight gives a sum that needs no rounding, here"
                        + " %d of %d (%.1f %%) do",
                exact,
                sums,
                100.0 * exact / Math.max(1, sums));
    }

    private static final class Counter {
        private long sums;
        private long exact;

        void add(DType dtype, float[] base, float[] delta) {
            DoubleUnaryOperator round = rounding(dtype);
            for (int i = 0; i < base.length; i++) {
                boolean telling = delta[i] != 0 && Math.abs(delta[i]) < Math.abs(base[i]) / 2;
                if (telling) {
                    double sum = (double) base[i] + delta[i];
                    sums++;
                    exact += round.applyAsDouble(sum) == sum ? 1 : 0;
                }
            }
        }

        private static DoubleUnaryOperator rounding(DType dtype) {
            return switch (dtype) {
                case F16 -> sum -> HalfFloats.f16ToFloat(HalfFloats.floatToF16((float) sum));
                case BF16 -> sum -> HalfFloats.bf16ToFloat(HalfFloats.floatToBf16((float) sum));
                default -> sum -> (float) sum;
            };
        }
    }
}
