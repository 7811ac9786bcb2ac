package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.presentation.StandardRepresentation;

/** Compares many recorded values and shows all that differ; hundred times cheaper than soft assertions. */
final class Mismatches {
    private final List<String> found = new ArrayList<>();
    private int compared;

    void compare(Object what, Object actual, Object expected) {
        compared++;
        if (!Objects.deepEquals(actual, expected)) {
            StandardRepresentation words = StandardRepresentation.STANDARD_REPRESENTATION;
            found.add(what + ": expected " + words.toStringOf(expected) + ", was " + words.toStringOf(actual));
        }
    }

    void assertNone() {
        assertThat(compared).isPositive();
        assertThat(found).isEmpty();
    }
}
