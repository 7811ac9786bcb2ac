package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.NeedsData;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rules of the merge, on vocabularies made for the purpose. */
class SentencePieceEncoderTest {
    @Test
    void encode_bestScoreFirstThenLeftmost() {
        assertThat(pieces(ProtoBytes.model("bc", "ab", "▁", "a", "b", "c"), "abc"))
                .containsExactly("▁", "a", "bc");
        ProtoBytes equalScores = ProtoBytes.model("▁", "a").piece("aa", 0, 1).piece("aaa", 0, 1);
        assertThat(pieces(equalScores, "aaaaa")).containsExactly("▁", "aaa", "aa");
    }

    @Test
    void encode_neverTheLongestPieceForItsOwnSake() {
        assertThat(pieces(ProtoBytes.model("▁", "越", "来", "越来越"), "越来越")).containsExactly("▁", "越", "来", "越");
    }

    @Test
    void encode_piecesOverCodePointsThatAreNoPieces() {
        ProtoBytes model = ProtoBytes.model("▁", "犇犇").byteFallback();
        assertThat(pieces(model, "犇犇犇")).containsExactly("▁", "犇犇", "<0xE7>", "<0x8A>", "<0x87>");
    }

    @Test
    void encode_controlAndBytePiecesAreNeverFoundInText() {
        ProtoBytes model =
                ProtoBytes.model("▁", "<", "0", "x", "A", ">").byteFallback().piece("Z", 0, 3);
        assertThat(pieces(model, "<0x0A>Z")).containsExactly("▁", "<", "0", "x", "0", "A", ">", "<0x5A>");
    }

    @Test
    void encode_withoutByteFallbackUnknownsAreJoined() {
        ProtoBytes model = ProtoBytes.model("▁", "a");
        assertThat(pieces(model, "xya白😀a")).containsExactly("▁", "<unk>", "a", "<unk>", "a");
        assertThat(tokenizer(model).decode(3, 0, 4)).isEqualTo(" \u2047 a");
        assertThat(tokenizer(ProtoBytes.model("b")).encode("a")).containsExactly(0);
    }

    @Test
    void encode_userDefinedSymbolsAreTakenWhole() {
        ProtoBytes model = ProtoBytes.model("▁", "a", "b", "ab", "<", "h", ">", "a<")
                .piece("<h>", 0, 4)
                .piece("<h>b", 0, 4)
                .piece("▁▁", 0, 4);
        assertThat(pieces(model, "a<h>ab")).containsExactly("▁", "a", "<h>", "ab");
        assertThat(pieces(model, "a<h>bb")).containsExactly("▁", "a", "<h>b", "b");
        assertThat(pieces(model, " a")).containsExactly("▁▁", "a");
        assertThat(pieces(model, "<h<h>")).containsExactly("▁", "<", "h", "<h>");
    }

    @Test
    void encode_removeExtraWhitespaces() {
        ProtoBytes model = ProtoBytes.model("▁", "a", "▁a").message(3, new ProtoBytes().varint(4, 1));
        assertThat(pieces(model, "  a   a  ")).containsExactly("▁a", "▁a");
        assertThat(pieces(model, "   ")).isEmpty();
        assertThat(pieces(model, "▁")).isEmpty();
        assertThat(tokenizer(model).decode(3, 3, 5)).isEqualTo("a");
    }

    @Test
    void encode_withoutDummyPrefix() {
        ProtoBytes model = ProtoBytes.model("▁", "a", "▁a").message(3, new ProtoBytes().varint(3, 0));
        assertThat(pieces(model, "a a")).containsExactly("a", "▁a");
        assertThat(tokenizer(model).decode(5)).isEqualTo(" a");
    }

    @Test
    void encode_withoutBos() {
        ProtoBytes model = new ProtoBytes()
                .piece("<unk>", 0, 2)
                .piece("a", 0, 1)
                .piece("b", 0, 1)
                .message(2, new ProtoBytes().varint(3, 2).varint(41, -1).varint(42, -1));
        Tokenizer tokenizer = tokenizer(model);
        assertThat(tokenizer.defaultOptions()).isEqualTo(EncodeOptions.PLAIN);
        assertThatThrownBy(() -> tokenizer.encode("a", EncodeOptions.PLAIN.addBos(true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("this vocabulary has no BOS token");
        assertThatThrownBy(() -> tokenizer.encode("a", EncodeOptions.PLAIN.addEos(true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("this vocabulary has no EOS token");
    }

    @Test
    @NeedsData("tokenizers")
    void encode_publishedExamples() {
        Tokenizer chinese = SharedTokenizers.of(SharedTokenizers.CHINESE_LLAMA);
        assertThat(chinese.encode("越来越")).containsExactly(29871, 31844, 30805, 31844);
        assertThat(chinese.encode("1234567890")).containsExactly(36055, 33559, 34472, 34750, 32657);
        assertThat(chinese.encode("你好")).containsExactly(42390);
        Tokenizer llama = SharedTokenizers.of(SharedTokenizers.LLAMA);
        assertThat(llama.encode("</s>")).containsExactly(1533, 29879, 29958);
        assertThat(llama.encode("")).isEmpty();
        assertThat(llama.encode(" ")).containsExactly(259);
        assertThat(llama.encode("▁")).containsExactly(259);
        assertThat(llama.encode("\n")).containsExactly(29871, 13);
        assertThat(llama.decode(243, 162, 155)).isEqualTo("\uFFFD\uFFFD\uFFFD");
    }

    /** The cut into runs, the short and the long merge against the plainest way to do it. */
    @Test
    void encode_equalsTheDefinition() {
        Random random = new Random(5);
        for (int round = 0; round < 100; round++) {
            ProtoBytes model = randomModel(random);
            SentencePieceModel parsed = SentencePieceModel.parse(model.toByteArray());
            Tokenizer tokenizer = new SentencePieceTokenizer(parsed, TokenizerConfig.NONE);
            for (int i = 0; i < 16; i++) {
                String text = randomText(random, i < 15 ? random.nextInt(12) + 1 : 200);
                List<String> expected = definition(parsed, "▁" + text);
                assertThat(Arrays.stream(tokenizer.encode(text))
                                .mapToObj(tokenizer::piece)
                                .toList())
                        .as(text)
                        .isEqualTo(expected);
            }
        }
    }

    private static ProtoBytes randomModel(Random random) {
        ProtoBytes model = ProtoBytes.model("▁", "a", "b", "c");
        Map<String, Boolean> seen = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            String text = randomText(random, 2 + random.nextInt(4));
            if (seen.put(text, true) == null) {
                model.piece(text, -random.nextInt(8), 1);
            }
        }
        return model;
    }

    private static String randomText(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("abc▁".charAt(random.nextInt(16) == 0 ? 3 : random.nextInt(3)));
        }
        return text.toString();
    }

    /** Merge the best pair, the leftmost among equals, as often as there is one. */
    private static List<String> definition(SentencePieceModel model, String text) {
        Map<String, Float> scores = new HashMap<>();
        model.pieces().stream().filter(SentencePiece::isText).forEach(piece -> scores.put(piece.text(), piece.score()));
        List<String> parts = new java.util.ArrayList<>(
                text.codePoints().mapToObj(Character::toString).toList());
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Float score = scores.get(parts.get(i) + parts.get(i + 1));
                if (score != null && (best < 0 || score > scores.get(parts.get(best) + parts.get(best + 1)))) {
                    best = i;
                }
            }
            if (best < 0) {
                return parts;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }

    private static List<String> pieces(ProtoBytes model, String text) {
        Tokenizer tokenizer = tokenizer(model);
        return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
    }

    private static Tokenizer tokenizer(ProtoBytes model) {
        return new SentencePieceTokenizer(SentencePieceModel.parse(model.toByteArray()), TokenizerConfig.NONE);
    }
}
