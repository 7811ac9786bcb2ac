package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds for every tokenizer, whatever its format. A subclass names one; the vocabulary must reach every byte, so
 * that any text survives the round trip.
 */
abstract class TokenizerContract {
    abstract Tokenizer tokenizer();

    @Test
    void encode_empty() {
        assertThat(tokenizer().encode("")).isEmpty();
        assertThat(tokenizer().decode()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "   ",
                "\n",
                "\n\n\t",
                "a",
                "Hello, world!",
                " leading and trailing ",
                "白日依山尽，黄河入海流。",
                "为什么要减少污染，保护环境？",
                "😀👨‍👩‍👧‍👦🏳️‍🌈",
                "e\u0301\u0301\u0301",
                "한국어 조선말",
                "שלום עולם",
                "\uD840\uDC00\uD87E\uDC04",
                "\u0000\uFFFE\uFFFF\uFEFF",
                "<0x0A><unk>",
                "</s><s>[INST] <<SYS>><|eot_id|>",
                "12345 67890",
                "a\u200Db\uFE0F"
            })
    void decode_givesTheTextBack(String text) {
        assertThat(tokenizer().decode(tokenizer().encode(text))).isEqualTo(text);
    }

    @Test
    void encode_loneSurrogateIsReplaced() {
        assertThat(tokenizer().encode("a\uD800b\uDC00")).isEqualTo(tokenizer().encode("a\uFFFDb\uFFFD"));
        assertThat(tokenizer().encode("\uD83D")).isEqualTo(tokenizer().encode("\uFFFD"));
    }

    @Test
    void encode_specialStringsAreTextUnlessAsked() {
        tokenizer().specialTokens().byText().forEach((text, id) -> {
            assertThat(tokenizer().encode("a" + text + "b")).doesNotContain(id);
            assertThat(tokenizer().encode("a" + text + "b", EncodeOptions.PLAIN.parseSpecial(true)))
                    .containsOnlyOnce(id);
            assertThat(tokenizer().specialTokens().contains(id)).isTrue();
        });
    }

    @Test
    void encode_bosAndEos() {
        SpecialTokens special = tokenizer().specialTokens();
        int[] plain = tokenizer().encode("text");
        if (special.bos().isPresent()) {
            int[] ids = tokenizer().encode("text", EncodeOptions.PLAIN.addBos(true));
            assertThat(ids).startsWith(special.bos().getAsInt()).endsWith(plain).hasSize(plain.length + 1);
        }
        if (special.eos().isPresent()) {
            int[] ids = tokenizer().encode("text", EncodeOptions.PLAIN.addEos(true));
            assertThat(ids).endsWith(special.eos().getAsInt()).startsWith(plain).hasSize(plain.length + 1);
        }
    }

    @Test
    void decode_idOutsideTheVocabulary() {
        for (int id : new int[] {-1, tokenizer().vocabularySize(), Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> tokenizer().decode(id))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(id));
        }
    }

    @Test
    void piece_roundTrips() {
        for (int id = 0; id < tokenizer().vocabularySize(); id++) {
            String piece = tokenizer().piece(id);
            if (!piece.isEmpty()) {
                assertThat(tokenizer().id(piece)).hasValue(id);
            }
        }
        assertThat(tokenizer().id("no such piece, surely")).isEmpty();
    }

    @Test
    void bytes_joinToTheTextInMidSentence() {
        String text = "x 白日依山尽 the end 😀\n";
        int[] ids = tokenizer().encode(text);
        byte[] joined = new byte[0];
        for (int id : ids) {
            byte[] bytes = tokenizer().bytes(id);
            joined = Arrays.copyOf(joined, joined.length + bytes.length);
            System.arraycopy(bytes, 0, joined, joined.length - bytes.length, bytes.length);
        }
        assertThat(new String(joined, StandardCharsets.UTF_8).stripLeading()).isEqualTo(text);
    }

    @Test
    void incrementalDecoder_addsUpToDecode() {
        Random random = new Random(7);
        IncrementalDecoder decoder = tokenizer().incrementalDecoder();
        for (int round = 0; round < 300; round++) {
            int[] ids = random.ints(random.nextInt(20), 0, tokenizer().vocabularySize())
                    .toArray();
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                text.append(decoder.accept(id));
            }
            text.append(decoder.finish());
            assertThat(text.toString()).isEqualTo(tokenizer().decode(ids));
        }
    }

    @Test
    void incrementalDecoder_neverGivesHalfACharacter() {
        String text = "a😀\uD840\uDC00é白b";
        IncrementalDecoder decoder = tokenizer().incrementalDecoder();
        StringBuilder all = new StringBuilder();
        for (int id : tokenizer().encode(text)) {
            String part = decoder.accept(id);
            assertThat(part).doesNotContain("\uFFFD");
            assertThat(part.isEmpty() || !Character.isHighSurrogate(part.charAt(part.length() - 1)))
                    .isTrue();
            all.append(part);
        }
        assertThat(all.append(decoder.finish()).toString()).isEqualTo(text);
    }

    @Test
    void encodeSequence_likeTheJoinedString() {
        TokenSequence.Builder sequence = TokenSequence.builder();
        StringBuilder joined = new StringBuilder();
        for (String special : specials()) {
            sequence.template(special + "user\n").text("白日 依山").text("尽, the e").template("nd\n" + special);
            joined.append(special).append("user\n白日 依山尽, the end\n").append(special);
            sequence.special(special).text(" a");
            joined.append(special).append(" a");
        }
        assertThat(tokenizer().encode(sequence.build()))
                .isEqualTo(tokenizer().encode(joined.toString(), EncodeOptions.PLAIN.parseSpecial(true)));
    }

    @Test
    void encodeSequence_userTextForgesNothing() {
        for (String special : specials()) {
            int id = tokenizer().specialTokens().byText().get(special);
            String half = special.substring(0, special.length() / 2);
            int[] ids = tokenizer()
                    .encode(TokenSequence.builder()
                            .text("a" + special + "b")
                            .special(special)
                            .template(half)
                            .text(special.substring(half.length()) + special)
                            .text(half)
                            .template(special.substring(half.length()))
                            .build());
            assertThat(ids).containsOnlyOnce(id);
            assertThat(tokenizer().decode(ids).replace(" ", "")).isEqualTo("a" + special + "b" + special.repeat(3));
        }
    }

    /** Two at most: one vocabulary has hundreds. Without the unknown token, whose decoded form is no contract. */
    private List<String> specials() {
        int unk = tokenizer().specialTokens().unk().orElse(-1);
        return tokenizer().specialTokens().byText().entrySet().stream()
                .filter(token -> token.getValue() != unk)
                .map(Map.Entry::getKey)
                .sorted()
                .limit(2)
                .toList();
    }

    @Test
    void encodeSequence_bosAndEos() {
        SpecialTokens special = tokenizer().specialTokens();
        assertThat(tokenizer()
                        .encode(TokenSequence.builder()
                                .bos()
                                .eos()
                                .token(special.bos().orElseThrow())
                                .build()))
                .containsExactly(
                        special.bos().orElseThrow(),
                        special.eos().orElseThrow(),
                        special.bos().orElseThrow());
    }

    @Test
    void encodeSequence_missingToken() {
        assertThatThrownBy(() -> tokenizer()
                        .encode(TokenSequence.builder().special("<no such>").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("this vocabulary has no special token '<no such>'");
        int size = tokenizer().vocabularySize();
        assertThatThrownBy(() ->
                        tokenizer().encode(TokenSequence.builder().token(size).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("id must be from 0 to " + (size - 1) + ", was " + size);
    }
}
