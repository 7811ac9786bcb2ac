package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InputLinesTest {
    @Test
    void next_emptyInput_isNoLine() {
        assertThat(lines("")).isEmpty();
    }

    @Test
    void next_lastLineWithoutBreak() {
        assertThat(lines("a\nb")).containsExactly("a", "b");
    }

    @Test
    void next_lastLineWithBreak() {
        assertThat(lines("a\nb\n")).containsExactly("a", "b");
    }

    @Test
    void next_emptyLinesAndWindowsBreaks() {
        assertThat(lines("\r\n\na\r\n")).containsExactly("", "", "a");
    }

    @Test
    void next_lineLongerThanTheBuffer() {
        String longLine = "长".repeat(100_000);

        assertThat(lines(longLine + "\nb")).containsExactly(longLine, "b");
    }

    @Test
    void next_endlessLine_isRefusedWithoutKeepingIt() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'a';
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                return length;
            }
        };

        assertThatThrownBy(() -> new InputLines(endless).next())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("line 1 of the input: expected at most 67108864 bytes");
    }

    private static List<String> lines(String input) {
        InputLines lines = new InputLines(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        List<String> result = new ArrayList<>();
        for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
            result.add(new String(line.get(), StandardCharsets.UTF_8));
            assertThat(lines.number()).isEqualTo(result.size());
        }
        return result;
    }
}
