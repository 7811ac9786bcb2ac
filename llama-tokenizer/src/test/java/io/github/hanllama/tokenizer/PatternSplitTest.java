package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternSplitTest {
    /** The library's own example: {@code "the-final--countdown"} split at each {@code -}; parts joined by a bar. */
    @ParameterizedTest
    @CsvSource({
        "REMOVED, false, the|final|countdown",
        "ISOLATED, false, the|-|final|-|-|countdown",
        "MERGED_WITH_PREVIOUS, false, the-|final-|-|countdown",
        "MERGED_WITH_NEXT, false, the|-final|-|-countdown",
        "CONTIGUOUS, false, the|-|final|--|countdown",
        "REMOVED, true, -|-|-",
        "ISOLATED, true, the|-|final|-|-|countdown",
    })
    void split(SplitBehavior behavior, boolean invert, String expected) {
        List<String> pieces = new ArrayList<>();
        new PatternSplit(WordScanner.literal("-"), behavior, invert)
                .before((text, from, to, atStart) -> {
                    assertThat(atStart).isEqualTo(from == 1);
                    pieces.add(text.substring(from, to));
                })
                .piece("(the-final--countdown)", 1, 21, true);
        assertThat(String.join("|", pieces)).isEqualTo(expected);
    }
}
