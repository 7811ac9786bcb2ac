package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrimmerTest {
    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a", "  a", "a \n", " a b\t\nc \u3000", "\n\n", " 山  水 "})
    void anyParts_giveTheStrippedText(String text) {
        Random random = new Random(text.hashCode());
        for (int trial = 0; trial < 50; trial++) {
            Trimmer trimmer = new Trimmer();
            StringBuilder written = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + random.nextInt(3));
                written.append(trimmer.accept(text.substring(from, to)));
                from = to;
            }
            assertThat(written).hasToString(text.strip());
        }
    }

    @Test
    void whiteSpace_isGivenOutWithWhatFollows() {
        Trimmer trimmer = new Trimmer();
        assertThat(trimmer.accept(" a ")).isEqualTo("a");
        assertThat(trimmer.accept("\n")).isEmpty();
        assertThat(trimmer.accept("b")).isEqualTo(" \nb");
    }
}
