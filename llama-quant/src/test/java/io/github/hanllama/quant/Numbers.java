package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;

/** Test numbers and how they are compared. */
final class Numbers {
    private static final float[] CORNERS = {
        0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 1e-40f
    };

    private Numbers() {}

    /** Uniform in [-1, 1). */
    static float[] uniform(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return numbers;
    }

    /** Uniform numbers with a corner case in about every fourth place. */
    static float[] withCorners(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed + 1);
        float[] numbers = uniform(seed, count);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(4) == 0) {
                numbers[i] = CORNERS[random.nextInt(CORNERS.length)];
            }
        }
        return numbers;
    }

    /** The same bits everywhere; every NaN is the same NaN. */
    static void assertSameBits(float[] actual, float[] expected) {
        assertThat(bits(actual)).isEqualTo(bits(expected));
    }

    private static int[] bits(float[] numbers) {
        int[] bits = new int[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            bits[i] = Float.floatToIntBits(numbers[i]);
        }
        return bits;
    }
}
