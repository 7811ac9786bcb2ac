package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Half a megabyte without a break, for each way to merge; anything quadratic would take a quarter of an hour. */
@Execution(ExecutionMode.CONCURRENT)
class LongTextTest {
    private static final String[] UNITS = {"a", "啊", " ", "7", "👨‍👩‍👧‍👦", "\n", "ab", "\u2581", "="};

    @ParameterizedTest
    @FieldSource("UNITS")
    void encode_sentencePiece(String unit) {
        check(SharedTokenizers.of(SharedTokenizers.SYNTHETIC), unit);
    }

    @Test
    void encode_sentencePieceInOneRun() {
        ProtoBytes model = ProtoBytes.model("▁", "a", "aa", "aaa", "aaaaa", "aaaaaaaa");
        check(new SentencePieceTokenizer(SentencePieceModel.parse(model.toByteArray()), TokenizerConfig.NONE), "a");
    }

    @ParameterizedTest
    @FieldSource("UNITS")
    @NeedsData(SharedTokenizers.CHINESE_LLAMA_2)
    void encode_chineseLlama2(String unit) {
        check(SharedTokenizers.of(SharedTokenizers.CHINESE_LLAMA_2), unit);
    }

    @ParameterizedTest
    @FieldSource("UNITS")
    void encode_characters(String unit) {
        check(SharedTokenizers.of(SharedTokenizers.NORMALIZED), unit);
    }

    @ParameterizedTest
    @FieldSource("UNITS")
    void encode_bytes(String unit) {
        check(SharedTokenizers.of(SharedTokenizers.BYTE_LEVEL), unit);
    }

    private static void check(Tokenizer tokenizer, String unit) {
        String text = unit.repeat((1 << 19) / unit.getBytes(StandardCharsets.UTF_8).length);
        int[] ids = Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> tokenizer.encode(text));
        assertThat(tokenizer.decode(ids).replace('\u2581', ' ')).isEqualTo(text.replace('\u2581', ' '));
    }
}
