package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnsTest {
    @Test
    void chinese_isTwiceAsWide() {
        assertThat(Columns.of(6, List.of("明月光", "abc"))).containsExactly("明月光  abc");
        assertThat(Columns.of(6, List.of("明月", "abc"))).containsExactly("明月    abc");
    }

    @Test
    void longLines_areWrapped() {
        assertThat(Columns.of(5, List.of("明月光", "abcdefg"))).containsExactly("明月   abcde", "光     fg");
    }

    @Test
    void shorterTexts_leaveRoom() {
        assertThat(Columns.of(2, List.of("a", "b\nc", ""))).containsExactly("a   b", "    c");
    }

    @Test
    void controlCharacters_areReplaced() {
        assertThat(Columns.of(4, List.of("a\u001b[0"))).containsExactly("a\uFFFD[0");
    }

    @Test
    void nothing_isNoLines() {
        assertThat(Columns.of(4, List.of())).isEmpty();
    }
}
