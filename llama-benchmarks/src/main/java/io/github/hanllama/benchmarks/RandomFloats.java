package io.github.hanllama.benchmarks;

import java.util.SplittableRandom;

/** Numbers to compute with: the same in every run, none of them special. */
final class RandomFloats {
    private RandomFloats() {}

    /** Uniform between {@code -bound} and {@code bound}. */
    static float[] within(float bound, int count) {
        SplittableRandom random = new SplittableRandom(1);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-bound, bound);
        }
        return numbers;
    }
}
