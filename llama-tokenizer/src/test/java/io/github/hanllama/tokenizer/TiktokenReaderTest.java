package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small files in the form of Llama 3's {@code tokenizer.model}. */
class TiktokenReaderTest {
    /** The 256 bytes, then the given tokens. */
    private static List<String> lines(String... tokens) {
        List<String> lines = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            lines.add(line(new byte[] {(byte) value}, value));
        }
        for (String token : tokens) {
            lines.add(line(token.getBytes(StandardCharsets.UTF_8), lines.size()));
        }
        return lines;
    }

    private static String line(byte[] token, int rank) {
        return Base64.getEncoder().encodeToString(token) + " " + rank;
    }

    private static Tokenizer read(List<String> lines) {
        return TiktokenReader.read(
                (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8), TokenizerConfig.NONE);
    }

    @Test
    void read_specialTokensFollowTheRanks() {
        Tokenizer tokenizer = read(lines("ab"));
        assertThat(tokenizer.vocabularySize()).isEqualTo(257 + 256);
        assertThat(tokenizer.piece(257)).isEqualTo("<|begin_of_text|>");
        assertThat(tokenizer.piece(257 + 2)).isEqualTo("<|reserved_special_token_0|>");
        assertThat(tokenizer.piece(257 + 8)).isEqualTo("<|reserved_special_token_4|>");
        assertThat(tokenizer.piece(257 + 9)).isEqualTo("<|eot_id|>");
        assertThat(tokenizer.piece(257 + 255)).isEqualTo("<|reserved_special_token_250|>");
        assertThat(tokenizer.encode("ab", tokenizer.defaultOptions())).containsExactly(257, 256);
    }

    @Test
    void encode_lowestRankFirst() {
        assertThat(read(lines("bc", "ab", "abc")).encode("abc"))
                .as("a whole word is a token")
                .containsExactly(258);
        assertThat(read(lines("bc", "ab")).encode("abc")).containsExactly('a', 256);
        assertThat(read(lines("ab", "bc")).encode("abc")).containsExactly(256, 'c');
        assertThat(read(lines("aa")).encode("aaa")).as("leftmost of equals").containsExactly(256, 'a');
    }

    @Test
    void encode_longWordsAsShortOnes() {
        Tokenizer tokenizer = read(lines("aa", "ab", "aaa", "ba"));
        String unit = "aabaaab";
        int[] once = tokenizer.encode("x" + unit.repeat(2));
        for (int times = 3; times < 40; times++) { // crosses from scanning to the heap
            int[] more = tokenizer.encode("x" + unit.repeat(times));
            assertThat(more).startsWith(java.util.Arrays.copyOf(once, once.length - 4));
            assertThat(tokenizer.decode(more)).isEqualTo("x" + unit.repeat(times));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7, '', line 8: expected 'base64 rank'",
        "7, 'Bw==', line 8: expected 'base64 rank'",
        "7, 'Bw== 8', line 8: expected rank 7, found '8'",
        "7, 'Bw== 07', line 8: expected rank 7, found '07'",
        "7, 'Bw== -7', line 8: expected rank 7, found '-7'",
        "7, 'Bw== 7 7', line 8: expected rank 7, found '7 7'",
        "7, 'Bw=! 7', line 8: expected base64, found 'Bw=!'",
        "7, 'Bw 7', line 8: expected base64 of 1 to 256 bytes, found 'Bw'",
        "7, 'Bg== 7', line 8: expected a token that is not there yet, found 'Ć' again",
        "7, 'AAAA 7', expected a rank for every single byte, found none for 0x07 among 256",
    })
    void read_malformed(int line, String text, String message) {
        List<String> lines = lines();
        lines.set(line, text);
        assertThatThrownBy(() -> read(lines))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void read_longToken() {
        assertThat(read(lines("x".repeat(256))).encode("x".repeat(256))).containsExactly(256);
        assertThatThrownBy(() -> read(lines("x".repeat(257))))
                .hasMessageContaining("line 257: expected base64 of 1 to 256");
        assertThatThrownBy(() -> read(lines("x".repeat(5000))))
                .hasMessageContaining("line 257: expected a token of at most");
    }

    @Test
    void read_otherFamily() {
        List<String> lines = lines();
        for (int rank = 256; rank < 50_256; rank++) {
            lines.add(line(("t" + rank).getBytes(StandardCharsets.UTF_8), rank));
        }
        assertThatThrownBy(() -> read(lines))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("a tiktoken file of 50256 ranks is not supported");
    }
}
