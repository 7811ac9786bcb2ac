package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every malformed model is refused in one line that says where, what was expected and what was found. */
class SentencePieceModelTest {
    private static final String AT = "SentencePiece model, byte ";
    private static final int END = ProtoBytes.model("a").toByteArray().length;

    @TempDir
    Path folder;

    @Test
    void parse_wellFormed() {
        SentencePieceModel model =
                SentencePieceModel.parse(ProtoBytes.model("a", "b", "ab").toByteArray());
        assertThat(model.pieces())
                .extracting(SentencePiece::text)
                .containsExactly("<unk>", "<s>", "</s>", "a", "b", "ab");
        assertThat(model.modelType()).isEqualTo("BPE");
        assertThat(model.bosId()).isEqualTo(1);
        assertThat(model.eosId()).isEqualTo(2);
        assertThat(model.padId()).isEqualTo(-1);
        assertThat(model.addDummyPrefix()).isTrue();
        assertThat(model.unkSurface()).isEqualTo(" \u2047 ");
    }

    @Test
    void sp2_unknownFieldsAreSkipped() {
        ProtoBytes model = ProtoBytes.model("a").varint(99, 5).string(98, "x").float32(97, 1);
        model.raw(96 << 3 & 0x7F | 0x80 | 1, 96 >> 4, 1, 2, 3, 4, 5, 6, 7, 8); // eight bytes
        assertThat(SentencePieceModel.parse(model.toByteArray()).pieces()).hasSize(4);
    }

    static Stream<Arguments> sp1_brokenMessage() {
        return Stream.of(
                row("empty", new ProtoBytes(), AT + "0: expected pieces, found none"),
                row(
                        "varint of 11 bytes",
                        new ProtoBytes().raw(72, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
                        AT + "1: expected a varint of at most 64 bits, found a longer one"),
                row(
                        "varint of 65 bits",
                        new ProtoBytes().raw(72, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2),
                        AT + "1: expected a varint of at most 64 bits, found a longer one"),
                row(
                        "varint cut off",
                        new ProtoBytes().raw(72, 255),
                        AT + "2: expected 1 more bytes of the message, found 0; the file is cut off"),
                row(
                        "length beyond the end",
                        new ProtoBytes().raw(10, 200, 1, 0),
                        AT + "1: field 1: expected a length of at most 1, found 200"),
                row(
                        "length of 2^64-1",
                        new ProtoBytes().raw(10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
                        AT + "1: field 1: expected a length of at most 0, found 18446744073709551615"),
                row(
                        "inner length beyond the piece",
                        new ProtoBytes().raw(10, 2, 10, 5, 65, 65, 65, 65, 65),
                        AT + "3: field 1: expected a length of at most 0, found 5"),
                row(
                        "float cut off",
                        new ProtoBytes().raw(10, 3, 21, 0, 0),
                        AT + "3: expected 4 more bytes of the message, found 2"),
                row(
                        "field number 0",
                        new ProtoBytes().raw(0, 0),
                        AT + "0: expected a field number from 1 to 536870911, found 0"));
    }

    static Stream<Arguments> sp2_wireTypes() {
        return Stream.of(
                row(
                        "start of a group",
                        new ProtoBytes().raw(11),
                        AT + "0: field 1: expected wire type 0, 1, 2 or 5, found 3"),
                row(
                        "end of a group",
                        new ProtoBytes().raw(12),
                        AT + "0: field 1: expected wire type 0, 1, 2 or 5, found 4"),
                row(
                        "wire type 6",
                        new ProtoBytes().raw(14),
                        AT + "0: field 1: expected wire type 0, 1, 2 or 5, found 6"),
                row(
                        "wire type 7",
                        new ProtoBytes().raw(15),
                        AT + "0: field 1: expected wire type 0, 1, 2 or 5, found 7"),
                row(
                        "pieces as a number",
                        new ProtoBytes().varint(1, 7),
                        AT + "0: field 1: expected a message (wire type 2), found wire type 0"));
    }

    static Stream<Arguments> sp3_pieces() {
        return Stream.of(
                row("no pieces", new ProtoBytes().message(2, new ProtoBytes()), AT + "2: expected pieces, found none"),
                row(
                        "no unknown piece",
                        new ProtoBytes().piece("a", 0, 1),
                        AT + "12: expected one unknown piece, found none"),
                row(
                        "two unknown pieces",
                        ProtoBytes.model("a").piece("<unk2>", 0, 2),
                        AT + END + ": piece 4: expected one unknown piece, found a second one after piece 0"),
                row(
                        "empty piece",
                        ProtoBytes.model("a").piece("", 0, 1),
                        AT + END + ": piece 4: expected some text, found an empty piece"),
                row(
                        "duplicate piece",
                        ProtoBytes.model("a").piece("a", 0, 1),
                        AT + END + ": piece 4: expected a new piece, found 'a' again"),
                row(
                        "duplicate control piece",
                        ProtoBytes.model("a").piece("</s>", 0, 3),
                        AT + END + ": piece 4: expected a new piece, found '</s>' again"));
    }

    static Stream<Arguments> sp4_bytePieces() {
        return Stream.of(
                row(
                        "255 byte pieces",
                        ProtoBytes.model("a")
                                .message(2, new ProtoBytes().varint(35, 1))
                                .piece("<0x41>", 0, 6),
                        ": byte_fallback: expected 256 byte pieces, found 1"),
                row(
                        "byte piece without byte fallback",
                        ProtoBytes.model("a").piece("<0x41>", 0, 6),
                        AT + END + ": piece 4: expected no byte piece without byte_fallback, found '<0x41>'"),
                row(
                        "misspelled byte piece",
                        ProtoBytes.model("a").byteFallback().piece("<0xag>", 0, 6),
                        ": piece 260: expected a byte piece like <0x0A>, found '<0xag>'"));
    }

    static Stream<Arguments> sp5_modelType() {
        return Stream.of(row(
                "model type 9",
                ProtoBytes.model("a").message(2, new ProtoBytes().varint(3, 9)),
                AT + (END + 2) + ": expected a model_type from 1 to 4, found 9"));
    }

    static Stream<Arguments> sp6_score() {
        return Stream.of(
                row(
                        "score NaN",
                        ProtoBytes.model("a").piece("b", Float.NaN, 1),
                        AT + END + ": piece 4: expected a finite score, found NaN"),
                row(
                        "score infinite",
                        ProtoBytes.model("a").piece("b", Float.NEGATIVE_INFINITY, 1),
                        AT + END + ": piece 4: expected a finite score, found -Infinity"));
    }

    static Stream<Arguments> sp7_type() {
        return Stream.of(
                row(
                        "type 0",
                        ProtoBytes.model("a").piece("b", 0, 0),
                        AT + END + ": piece 4: expected a type from 1 to 6, found 0"),
                row(
                        "type 7",
                        ProtoBytes.model("a").piece("b", 0, 7),
                        AT + END + ": piece 4: expected a type from 1 to 6, found 7"));
    }

    static Stream<Arguments> sp8_charsMap() {
        return Stream.of(
                row(
                        "trie as large as the map",
                        charsMap(8, 8),
                        AT + (END + 2)
                                + ": precompiled_charsmap: expected a trie of a multiple of 4 and less than 8 bytes, found 8"),
                row(
                        "trie of odd size",
                        charsMap(6, 100),
                        AT + (END + 2)
                                + ": precompiled_charsmap: expected a trie of a multiple of 4 and less than 100 bytes, found 6"),
                row(
                        "trie of 2^32-1 bytes",
                        charsMap(-1, 100),
                        AT + (END + 2)
                                + ": precompiled_charsmap: expected a trie of a multiple of 4 and less than 100 bytes, found 4294967295"),
                row(
                        "trie without a size",
                        ProtoBytes.model("a").message(3, new ProtoBytes().bytes(2, new byte[3])),
                        AT + (END + 2) + ": precompiled_charsmap: expected a trie"));
    }

    static Stream<Arguments> sp9_ids() {
        return Stream.of(
                row(
                        "unk_id outside",
                        ids(40, 4),
                        AT + (END + 5) + ": unk_id: expected the id of the unknown piece, found 4"),
                row("unk_id of another piece", ids(40, 3), ": unk_id: expected the id of the unknown piece, found 3"),
                row("bos_id outside", ids(41, 4), AT + (END + 5) + ": bos_id: expected an id below 4, found 4"),
                row("eos_id outside", ids(42, 99), ": eos_id: expected an id below 4, found 99"),
                row("pad_id outside", ids(43, 1 << 30), ": pad_id: expected an id below 4, found 1073741824"),
                row("bos_id and eos_id the same", ids(42, 1), ": eos_id: expected another id than bos_id, found 1"),
                row("pad_id and unk_id the same", ids(43, 0), ": pad_id: expected another id than unk_id, found 0"));
    }

    static Stream<Arguments> sp10_text() {
        byte[] invalid = {(byte) 0xC3, '('};
        return Stream.of(
                row(
                        "piece with invalid UTF-8",
                        ProtoBytes.model("a").message(1, new ProtoBytes().bytes(1, invalid)),
                        AT + (END + 2) + ": expected UTF-8, found other bytes"),
                row(
                        "piece with a surrogate",
                        ProtoBytes.model("a")
                                .message(1, new ProtoBytes().bytes(1, new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80
                                        })),
                        AT + (END + 2) + ": expected UTF-8, found other bytes"),
                row(
                        "piece of 64 KiB and a byte",
                        ProtoBytes.model("a").piece("x".repeat(65537), 0, 1),
                        AT + (END + 4) + ": piece 4: expected at most 65536 bytes of text, found 65537"));
    }

    private static Arguments row(String name, ProtoBytes model, String message) {
        return Arguments.of(name, model, message);
    }

    private static ProtoBytes ids(int field, int id) {
        return ProtoBytes.model("a").message(2, new ProtoBytes().varint(field, id));
    }

    private static ProtoBytes charsMap(int trieSize, int rest) {
        byte[] map = new byte[4 + rest];
        for (int i = 0; i < 4; i++) {
            map[i] = (byte) (trieSize >> 8 * i);
        }
        return ProtoBytes.model("a").message(3, new ProtoBytes().bytes(2, map));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({
        "sp1_brokenMessage",
        "sp2_wireTypes",
        "sp3_pieces",
        "sp4_bytePieces",
        "sp5_modelType",
        "sp6_score",
        "sp7_type",
        "sp8_charsMap",
        "sp9_ids",
        "sp10_text"
    })
    void parse_malformed(String name, ProtoBytes model, String message) {
        assertThatThrownBy(() -> SentencePieceModel.parse(model.toByteArray()))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith(AT)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void sp10_sixtyFourKibibytesArePossible() {
        byte[] file = ProtoBytes.model("a").piece("x".repeat(65536), 0, 1).toByteArray();
        assertThat(SentencePieceModel.parse(file).pieces()).hasSize(5);
    }

    @Test
    void sp1_truncationsOfARealModel() throws IOException {
        byte[] file = Files.readAllBytes(TestData.path("synthetic/tokenizers/tok512.model"));
        for (int length = 0; length < file.length; length += length < 500 ? 1 : 7) {
            byte[] cut = Arrays.copyOf(file, length);
            try {
                assertThat(SentencePieceModel.parse(cut).pieces()).isNotEmpty(); // cut between two records
            } catch (TokenizerException e) {
                assertThat(e.getMessage()).startsWith(AT).doesNotContain("\n");
            }
        }
    }

    @Test
    void parse_randomDamage() throws IOException {
        byte[] file = Files.readAllBytes(TestData.path("synthetic/tokenizers/tok512.model"));
        Random random = new Random(1);
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = file.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                SentencePieceModel model = SentencePieceModel.parse(damaged);
                new SentencePieceTokenizer(model, TokenizerConfig.NONE).encode("the 白 day");
            } catch (TokenizerException e) {
                assertThat(e.getMessage()).startsWith("SentencePiece model").doesNotContain("\n");
            }
        }
    }

    @ParameterizedTest
    @NeedsData({"tokenizers/fixtures", "hostile/spm_unigram.model"})
    @CsvSource(delimiter = '|', textBlock = """
                    hostile/spm_unigram.model                               | model type UNIGRAM, only BPE is
                    tokenizers/chinese_sp.model                             | model type UNIGRAM, only BPE is
                    tokenizers/fixtures/sentencepiece_test_model_unigram.model | model type UNIGRAM, only BPE is
                    tokenizers/fixtures/torchtune_m.model                   | model type UNIGRAM, only BPE is
                    tokenizers/fixtures/baichuan.model                      | normalizer 'nmt_nfkc', only identity is
                    tokenizers/fixtures/meng.model                          | normalizer 'nmt_nfkc', only identity is
                    """)
    void sp5_sp8_unsupportedByName(String file, String message) {
        assertThatThrownBy(() -> Tokenizers.load(TestData.path(file)))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("SentencePiece model: not supported: " + message);
    }

    @Test
    void sp5_unsupportedSettings() {
        assertUnsupported(
                ProtoBytes.model("a").message(2, new ProtoBytes().varint(3, 3)), "model type WORD, only BPE is");
        assertUnsupported(
                ProtoBytes.model("a").message(2, new ProtoBytes().varint(3, 4)), "model type CHAR, only BPE is");
        assertUnsupported(
                ProtoBytes.model("a").message(2, new ProtoBytes().varint(24, 1)), "treat_whitespace_as_suffix");
        assertUnsupported(
                ProtoBytes.model("a").message(3, new ProtoBytes().varint(5, 0)), "escape_whitespaces = false");
        assertUnsupported(ProtoBytes.model("a").piece("b", 0, 5), "the unused piece 'b' at byte ");
        assertUnsupported(
                ProtoBytes.model("a").message(5, new ProtoBytes().bytes(2, new byte[] {4, 0, 0, 0, 0, 0, 0, 0, 0})),
                "a denormalizer");
    }

    private static void assertUnsupported(ProtoBytes model, String message) {
        assertThatThrownBy(() ->
                        new SentencePieceTokenizer(SentencePieceModel.parse(model.toByteArray()), TokenizerConfig.NONE))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith("SentencePiece model: not supported: " + message);
    }

    @Test
    void load_tooMuchWorkInLongPieces() {
        ProtoBytes model = ProtoBytes.model("a");
        for (int i = 0; i < 10; i++) {
            model.piece("a".repeat(60_000) + i, 0, 1);
        }
        assertThatThrownBy(() ->
                        new SentencePieceTokenizer(SentencePieceModel.parse(model.toByteArray()), TokenizerConfig.NONE))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("expected shorter pieces");
    }

    @Test
    void load_missingAndForeignFiles() throws IOException {
        assertThatThrownBy(() -> Tokenizers.load(folder.resolve("none.model")))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("no such file: none.model");
        assertThatThrownBy(() -> Tokenizers.load(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("no tokenizer in the folder: expected tokenizer.model or tokenizer.json");
        Path page =
                Files.write(folder.resolve("tokenizer.model"), "<!DOCTYPE html>\n".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> Tokenizers.load(page))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith("SentencePiece model, byte ");
    }
}
