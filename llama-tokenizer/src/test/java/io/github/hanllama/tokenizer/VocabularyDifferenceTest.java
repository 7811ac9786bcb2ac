package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.NeedsData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class VocabularyDifferenceTest {
    private static final String GROWN = "synthetic/tokenizers/merged641_pad.model";

    @Test
    void grown_fromOneToTheOther() {
        VocabularyDifference difference = VocabularyDifference.of(load(SharedTokenizers.SYNTHETIC), load(GROWN));

        assertThat(difference.isGrown()).isTrue();
        assertThat(difference.same()).isEqualTo(512);
        assertThat(difference.onlySecond()).hasSize(129).endsWith("[PAD]");
    }

    @Test
    void cut_isNotGrown() {
        VocabularyDifference difference = VocabularyDifference.of(load(GROWN), load(SharedTokenizers.SYNTHETIC));

        assertThat(difference.isGrown()).isFalse();
        assertThat(difference.onlyFirst()).hasSize(129);
        assertThat(difference.onlySecond()).isEmpty();
    }

    @Test
    @NeedsData({SharedTokenizers.CHINESE_LLAMA, SharedTokenizers.CHINESE_LLAMA_2})
    void theTwoChineseVocabularies_haveCommonPiecesInOtherPlaces() {
        VocabularyDifference difference =
                VocabularyDifference.of(load(SharedTokenizers.CHINESE_LLAMA), load(SharedTokenizers.CHINESE_LLAMA_2));

        assertThat(difference.same()).isGreaterThanOrEqualTo(32000);
        assertThat(difference.moved()).isNotEmpty().contains("人工智能");
        assertThat(difference.same()
                        + difference.moved().size()
                        + difference.onlyFirst().size())
                .isEqualTo(49953);
        assertThat(difference.same()
                        + difference.moved().size()
                        + difference.onlySecond().size())
                .isEqualTo(55296);
        assertThat(difference.onlySecond()).contains("<pad>");
    }

    @Test
    @NeedsData({SharedTokenizers.LLAMA, SharedTokenizers.CHINESE_LLAMA, SharedTokenizers.CHINESE_LLAMA_2})
    void tokenRate_isWhatThePublishedIdsSay() {
        String text = "人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。";

        TokenRate llama = TokenRate.of(load(SharedTokenizers.LLAMA), text);

        assertThat(llama).isEqualTo(new TokenRate(28, 84, 35, llama.byteTokens()));
        assertThat(llama.byteTokens()).isPositive().isLessThan(35);
        assertThat(llama.tokensPerCharacter()).isEqualTo(1.25);
        assertThat(TokenRate.of(load(SharedTokenizers.CHINESE_LLAMA), text).tokens())
                .isEqualTo(16);
        assertThat(TokenRate.of(load(SharedTokenizers.CHINESE_LLAMA_2), text).tokens())
                .isEqualTo(16);
    }

    @Test
    void tokenRate_ofNothing() {
        assertThat(TokenRate.of(load(SharedTokenizers.SYNTHETIC), "").tokensPerCharacter())
                .isZero();
    }

    @Test
    @NeedsData({SharedTokenizers.LLAMA, SharedTokenizers.CHINESE_LLAMA, SharedTokenizers.LLAMA_3})
    void stats_ofThePublishedVocabularies() {
        VocabularyStats llama = VocabularyStats.of(load(SharedTokenizers.LLAMA));
        VocabularyStats chinese = VocabularyStats.of(load(SharedTokenizers.CHINESE_LLAMA));
        VocabularyStats llama3 = VocabularyStats.of(load(SharedTokenizers.LLAMA_3));

        assertThat(llama.size()).isEqualTo(32000);
        assertThat(llama.bytes()).isEqualTo(256);
        assertThat(llama.control()).isEqualTo(2);
        assertThat(llama.chinese()).isEqualTo(700);
        assertThat(chinese.chinese()).isGreaterThan(16000);
        assertThat(chinese.chineseCharacters()).isGreaterThan(llama.chineseCharacters());
        assertThat(llama3.control()).isEqualTo(256);
        assertThat(llama3.bytes()).isGreaterThan(128);
    }

    private static Tokenizer load(String file) {
        return SharedTokenizers.of(file);
    }
}
