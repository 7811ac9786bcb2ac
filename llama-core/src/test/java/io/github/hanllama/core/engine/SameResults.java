package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** What it means for an engine that two results are the same. */
interface SameResults {
    /** How far numbers that must be the same may differ; at 0 their bits are the same. */
    default float tolerance() {
        return 0;
    }

    default void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertSame(actual.get(i), expected.get(i));
        }
    }

    default void assertSame(float[] actual, float[] expected) {
        if (tolerance() == 0) {
            Decoding.assertSameBits(actual, expected);
        } else {
            assertThat(actual).isNotEmpty().hasSameSizeAs(expected);
            assertThat(actual).usingComparatorWithPrecision(tolerance()).containsExactly(expected);
        }
    }
}
