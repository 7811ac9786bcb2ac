package io.github.hanllama.quant;

import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Groups of numbers side by side, for searches whose lanes are groups: each lane sums in the order of the scalar search
 * and so comes to the same bits.
 *
 * <p>Vectors are as wide as everywhere: the code of the Vector API is one for all widths, and where it has met several, C2 boxes vectors in
 * kernels that it compiles later, at half their speed.
 */
final class SimdGroups {
    private static final float TO_MANTISSA = 0x1.8p23f;
    private static final int MANTISSA = 0x7f_ffff;
    private static final int MANTISSA_ZERO = 0x40_0000;

    private SimdGroups() {}

    /**
     * Copies groups of {@code size} numbers so that number i of lane j is at {@code i * LANES + j}: {@code LANES} of them, or
     * fewer over and over.
     */
    static void transpose(float[] source, int at, int size, int groups, float[] target) {
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < size; i++) {
                target[i * LANES + lane] = source[at + lane % groups * size + i];
            }
        }
    }

    /** The groups' levels, back in the order of the numbers. */
    static void putLevels(float[] source, int size, int groups, int[] levels, int to) {
        for (int lane = 0; lane < groups; lane++) {
            for (int i = 0; i < size; i++) {
                levels[to + lane * size + i] = (int) source[i * LANES + lane];
            }
        }
    }

    /** {@link BlockBytes#nearestEven}, not below {@code low} and not above {@code high}. */
    static FloatVector level(FloatVector exact, int low, int high) {
        return (FloatVector) exact.add(TO_MANTISSA)
                .reinterpretAsInts()
                .and(MANTISSA)
                .sub(MANTISSA_ZERO)
                .max(low)
                .min(high)
                .convert(VectorOperators.I2F, 0);
    }

    static FloatVector load(float[] numbers, int at) {
        return FloatVector.fromArray(FLOAT, numbers, at);
    }

    /** Takes the other numbers over in the lanes of the mask. */
    static void replace(float[] numbers, float[] others, VectorMask<Float> where) {
        load(numbers, 0).blend(load(others, 0), where).intoArray(numbers, 0);
    }
}
