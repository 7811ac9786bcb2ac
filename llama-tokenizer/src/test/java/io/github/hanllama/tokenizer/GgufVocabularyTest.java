package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A tokenizer said in the words of GGUF and made of them again is the same. */
@Execution(ExecutionMode.CONCURRENT)
class GgufVocabularyTest {
    private static final List<String> TEXTS = List.of(
            "",
            "Hello world",
            "  two  spaces ",
            "白日依山尽，黄河入海流。",
            "a\nb\tc\r\n",
            "</s><s>[PAD] <unk> <|eot_id|>",
            "😀👨‍👩‍👧 é ñ \u0000 \uFFFD",
            "1234567 3.14 it's I'LL");

    @ParameterizedTest
    @CsvSource({
        "synthetic/tokenizers/tok512.model, golden/tiny_512.jsonl",
        "synthetic/tokenizers/merged641_pad.model, golden/tiny_641.jsonl"
    })
    void tokenizer_isTheSame(String file, String golden) {
        assertSame(SharedTokenizers.of(file), golden);
    }

    @Test
    void tokenizer_ofATrainedModel_isTheSame() {
        assertSame(Tokenizers.load(TestData.path("models/stories260k-hf")), "golden/tiny_512.jsonl");
    }

    @NeedsData({"tokenizers/chinese_alpaca_49954.model", "golden/llama3_128256.jsonl"})
    @ParameterizedTest
    @MethodSource
    void publishedTokenizer_isTheSame(String file, String golden) {
        assertSame(SharedTokenizers.of(file), golden);
    }

    static Stream<Arguments> publishedTokenizer_isTheSame() {
        return Stream.of(
                Arguments.of("tokenizers/llama_tokenizer.model", "golden/llama3_128256.jsonl"),
                Arguments.of("tokenizers/chinese_alpaca_49954.model", "golden/llama3_128256.jsonl"),
                Arguments.of("tokenizers/chinese_llama2_55296.model", "golden/llama3_128256.jsonl"),
                Arguments.of("tokenizers/llama3_tokenizer.model", "golden/llama3_128256.jsonl"));
    }

    private static void assertSame(Tokenizer tokenizer, String golden) {
        assertSame(tokenizer, Tokenizers.of(GgufVocabulary.of(tokenizer)), golden);
    }

    /** Two tokenizers with the same pieces that do the same with every text. */
    static void assertSame(Tokenizer tokenizer, Tokenizer again, String golden) {
        assertThat(again.vocabularySize()).isEqualTo(tokenizer.vocabularySize());
        assertThat(again.specialTokens()).isEqualTo(tokenizer.specialTokens());
        assertThat(again.defaultOptions()).isEqualTo(tokenizer.defaultOptions());
        assertThat(GgufVocabulary.of(again)).isEqualTo(GgufVocabulary.of(tokenizer));
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            if (!again.piece(id).equals(tokenizer.piece(id)) || !Arrays.equals(again.bytes(id), tokenizer.bytes(id))) {
                fail("id %d: expected %s, found %s", id, tokenizer.piece(id), again.piece(id));
            }
        }
        TEXTS.forEach(text -> assertSameIds(tokenizer, again, text));
        for (Map<String, Object> line : GoldenFile.lines(golden)) {
            assertSameIds(tokenizer, again, (String) line.get("text"));
        }
    }

    private static void assertSameIds(Tokenizer tokenizer, Tokenizer again, String text) {
        int[] ids = tokenizer.encode(text);
        assertThat(again.encode(text)).isEqualTo(ids);
        assertThat(again.decode(ids)).isEqualTo(tokenizer.decode(ids));
        EncodeOptions special = new EncodeOptions(false, false, true);
        assertThat(again.encode(text, special)).isEqualTo(tokenizer.encode(text, special));
    }

    @Test
    void padding_isNoPartOfTheVocabulary() {
        GgufVocabulary vocabulary = GgufVocabulary.of(SharedTokenizers.of(SharedTokenizers.SYNTHETIC));
        GgufVocabulary padded = vocabulary.padded(520);
        assertThat(padded.tokens()).hasSize(520).endsWith("[PAD519]");
        assertThat(padded.scores()).hasSize(520);
        assertThat(Tokenizers.of(padded).vocabularySize()).isEqualTo(512);
    }

    @Test
    void typesThatAreNotSaid_areGuessed() {
        GgufVocabulary known = GgufVocabulary.of(SharedTokenizers.of(SharedTokenizers.SYNTHETIC));
        GgufVocabulary untyped = new GgufVocabulary(
                known.model(), "", known.tokens(), known.scores(), List.of(), List.of(), known.roles(), known.rules());
        Tokenizer tokenizer = Tokenizers.of(untyped);
        TEXTS.forEach(text -> assertThat(tokenizer.encode(text))
                .isEqualTo(SharedTokenizers.of(SharedTokenizers.SYNTHETIC).encode(text)));
        assertThat(GgufVocabulary.of(tokenizer)).isEqualTo(known);
    }

    @Test
    void userDefinedToken_isFoundWithItsSpaces() {
        GgufVocabulary vocabulary = new GgufVocabulary(
                "llama",
                "",
                List.of("<unk>", "<s>", "</s>", "  x", "a", "\u2581"),
                List.of(0f, 0f, 0f, 0f, -1f, -2f),
                List.of(2, 3, 3, 4, 1, 1),
                List.of(),
                new GgufVocabulary.Roles(
                        OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()),
                new GgufVocabulary.Rules(Optional.empty(), Optional.empty(), Optional.of(false), false));
        Tokenizer tokenizer = Tokenizers.of(vocabulary);
        assertThat(tokenizer.encode("a  xa", tokenizer.defaultOptions())).containsExactly(1, 4, 3, 4);
        assertThat(tokenizer.specialTokens().eos()).hasValue(2);
        assertThat(GgufVocabulary.of(tokenizer).tokens()).isEqualTo(vocabulary.tokens());
    }

    @Test
    void tokenizerJson_thatRewritesText_cannotBeSaid() {
        assertThatThrownBy(() -> GgufVocabulary.of(SharedTokenizers.of(SharedTokenizers.NORMALIZED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("GGUF has no words for this tokenizer.json");
    }
}
