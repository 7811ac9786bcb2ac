package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Lanes find what one group after the other finds. */
@EnabledWithSimd
class BlockSearchTest {
    private static final int GROUPS = 16;

    static Stream<Arguments> inputs() {
        return Stream.of(16, 32)
                .flatMap(size -> Stream.of(
                        Arguments.of("uniform", size, Numbers.uniform(size, GROUPS * size)),
                        Arguments.of("with corner cases", size, Numbers.withCorners(size, GROUPS * size)),
                        Arguments.of("one sign", size, positive(Numbers.uniform(size, GROUPS * size))),
                        Arguments.of("zeros", size, new float[GROUPS * size]),
                        Arguments.of("all the same", size, filled(GROUPS * size, -0.3f)),
                        Arguments.of("next to nothing", size, filled(GROUPS * size, 1e-16f))));
    }

    @ParameterizedTest(name = "{0}, groups of {1}")
    @MethodSource("inputs")
    void affine(String name, int size, float[] x) {
        for (AffineSearch.Tries tries : new AffineSearch.Tries[] {
            new AffineSearch.Tries(size, 3, -0.5f, 0.1f, 15, true),
            new AffineSearch.Tries(size, 15, -1, 0.1f, 20, false),
            AffineSearch.Tries.weighted(size, 31)
        }) {
            for (int groups : new int[] {GROUPS / 2, GROUPS}) {
                assertThat(run(new SimdAffineSearch(tries), x, size, groups))
                        .isEqualTo(run(new ScalarAffineSearch(tries), x, size, groups));
            }
        }
    }

    @ParameterizedTest(name = "{0}, groups of {1}")
    @MethodSource("inputs")
    void symmetric(String name, int size, float[] x) {
        for (int half : new int[] {4, 8, 32}) {
            assertThat(run(new SimdSymmetricSearch(size, half), x, size))
                    .isEqualTo(run(new ScalarSymmetricSearch(size, half), x, size));
        }
    }

    private static Found run(AffineSearch search, float[] x, int size, int groups) {
        Found found = new Found(new int[groups * size], new float[groups], new float[groups]);
        search.search(x, 0, weights(x.length), found.levels, found.scales, found.offsets);
        return found;
    }

    private static Found run(SymmetricSearch search, float[] x, int size) {
        Found found = new Found(new int[GROUPS * size], new float[GROUPS], new float[GROUPS]);
        search.search(x, 0, weights(x.length), found.levels, found.scales);
        return found;
    }

    private static float[] weights(int count) {
        float[] weights = positive(Numbers.uniform(99, count));
        Arrays.fill(weights, 3, 7, 0);
        return weights;
    }

    private static float[] positive(float[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Math.abs(numbers[i]);
        }
        return numbers;
    }

    private static float[] filled(int count, float value) {
        float[] numbers = new float[count];
        Arrays.fill(numbers, value);
        return numbers;
    }

    /** What a search found, comparable bit by bit. */
    private static final class Found {
        private final int[] levels;
        private final float[] scales;
        private final float[] offsets;

        Found(int[] levels, float[] scales, float[] offsets) {
            this.levels = levels;
            this.scales = scales;
            this.offsets = offsets;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Found found
                    && Arrays.equals(levels, found.levels)
                    && Arrays.equals(scales, found.scales)
                    && Arrays.equals(offsets, found.offsets);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(levels);
        }

        @Override
        public String toString() {
            return Arrays.toString(scales) + Arrays.toString(offsets) + Arrays.toString(levels);
        }
    }
}
