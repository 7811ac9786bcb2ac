package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossyUtf8Test {
    /** As {@code bytes.decode("utf-8", errors="replace")} of Python; {@code ?} stands for U+FFFD. */
    @ParameterizedTest
    @CsvSource({
        "61, a",
        "e4bda0, 你",
        "f09f9880, 😀",
        "80, ?",
        "e4bd, ?",
        "e4bd61, ?a",
        "e4bde4bda0, ?你",
        "c080, ??",
        "e08080, ???",
        "eda080, ???",
        "f08080, ???",
        "f4908080, ????",
        "f5808080, ????",
        "f09f98, ?",
        "f09f9861, ?a",
        "f09f6198, ?a?",
        "ff61fe, ?a?"
    })
    void accept_replacesMaximalParts(String hex, String text) {
        assertThat(decode(HexFormat.of().parseHex(hex))).isEqualTo(text.replace('?', '\uFFFD'));
    }

    @Test
    void accept_everyCodePoint() {
        StringBuilder all = new StringBuilder();
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                all.appendCodePoint(codePoint);
            }
        }
        assertThat(decode(all.toString().getBytes(StandardCharsets.UTF_8)).contentEquals(all))
                .isTrue();
    }

    private static String decode(byte[] bytes) {
        LossyUtf8 utf8 = new LossyUtf8();
        StringBuilder out = new StringBuilder();
        for (byte value : bytes) {
            utf8.accept(value, out);
        }
        utf8.finish(out);
        return out.toString();
    }
}
