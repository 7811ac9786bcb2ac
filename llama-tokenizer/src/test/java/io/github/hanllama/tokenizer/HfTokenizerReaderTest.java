package io.github.hanllama.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused and why; what looks odd and is accepted. Each file is the smallest sound one with one change. */
class HfTokenizerReaderTest {
    private static final String SOUND = """
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [{"id": 5, "content": "<s>", "special": true}],
             "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": {"type": "Fuse"},
             "model": {"type": "BPE", "unk_token": "?",
               "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3, "abb": 4, "<s>": 5},
               "merges": ["a b", "ab b"]}}
            """;

    @TempDir
    private Path folder;

    private Tokenizer load(String json) {
        try {
            return Tokenizers.load(Files.writeString(folder.resolve("tokenizer.json"), json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Tokenizer loadWith(String what, String instead) {
        assertThat(SOUND).contains(what);
        return load(SOUND.replace(what, instead));
    }

    private void assertRefused(String what, String instead, String message) {
        assertThatThrownBy(() -> loadWith(what, instead))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void load_sound() {
        assertThat(load(SOUND).encode("abbx")).containsExactly(4, 0);
    }

    @Test
    void tj1_tooLarge() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write('{');
            sparse.setLength((64L << 20) + 1);
        }
        assertThatThrownBy(() -> Tokenizers.load(file))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("tokenizer.json: expected at most 67108864 bytes, found 67108865");
    }

    @Test
    void tj1_tooDeep() {
        String deep = "{\"type\":\"Sequence\",\"normalizers\":[".repeat(60);
        assertRefused("\"normalizer\": null", "\"normalizer\": " + deep, "nesting depth (101) exceeds the maximum");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"normalizer\": null  | \"normalizer\": null, \"normalizer\": null | Duplicate field 'normalizer'",
                "\"b\": 2              | \"b\": 2, \"b\": 6      | Duplicate field 'b'",
                "\"b\": 2              | \"b\": 1                | model.vocab: id 1 is given to 'a' and to 'b'",
                "\"id\": 5             | \"id\": 5, \"id\": 6    | Duplicate field 'id'",
                "\"special\": true}    | \"special\": true}, {\"id\": 5, \"content\": \"x\"} | added_tokens[1]: id 5 is given to '<s>' and to 'x'",
                "\"special\": true}    | \"special\": true}, {\"id\": 6, \"content\": \"<s>\"} | added_tokens[1]: '<s>' is there twice",
            })
    void tj1_duplicate(String what, String instead, String message) {
        assertRefused(what, instead, message);
    }

    @Test
    void tj1_holesAreNeverEmitted() {
        Tokenizer tokenizer = loadWith("\"abb\": 4", "\"abb\": 9");
        assertThat(tokenizer.vocabularySize()).isEqualTo(10);
        assertThat(tokenizer.encode("abb")).containsExactly(9);
        assertThat(tokenizer.piece(4)).isEmpty();
        assertThat(tokenizer.bytes(4)).isEmpty();
        assertThat(tokenizer.decode(1, 4, 2)).isEqualTo("ab");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"b\": 2  | \"b\": -1         | model.vocab: expected ids from 0 to 1048575, found -1 for 'b'",
                "\"b\": 2  | \"b\": 1048576    | model.vocab: expected ids from 0 to 1048575, found 1048576 for 'b'",
                "\"b\": 2  | \"b\": 1e400      | /model/vocab/b: expected an integer, found a number",
                "\"b\": 2  | \"b\": 2.0        | /model/vocab/b: expected an integer, found a number",
                "\"b\": 2  | \"b\": -0         | /model/vocab/b: expected an integer of 32 bits, found a number",
                "\"b\": 2  | \"b\": 3000000000 | /model/vocab/b: expected an integer of 32 bits, found a number",
                "\"b\": 2  | \"b\": \"2\"      | /model/vocab/b: expected an integer, found a string",
                "\"id\": 5 | \"id\": \"5\"     | added_tokens[0].id: expected an integer, found the string '5'",
                "\"id\": 5 | \"id\": 5.5       | added_tokens[0].id: expected an integer, found 5.5",
                "\"id\": 5 | \"id\": 1e400     | expected a finite number, found 1e400",
                "\"id\": 5 | \"id\": -5        | added_tokens[0].id: expected an integer >= 0, found -5",
                "\"id\": 5 | \"id\": 99999999  | added_tokens: expected ids from 0 to 1048575, found 99999999 for '<s>'",
                "\"b\": 2  | \"\\ud800\": 2    | Broken surrogate pair",
            })
    void tj1_tj7_id(String what, String instead, String message) {
        assertRefused(what, instead, message);
    }

    @ParameterizedTest
    @CsvSource({"WordPiece", "Unigram", "WordLevel"})
    void tj2_otherModel(String type) {
        assertRefused("\"BPE\"", '"' + type + '"', "model.type: expected BPE, found " + type);
        assertThatThrownBy(() -> load("{\"model\": {\"type\": \"" + type + "\", \"vocab\": [[\"a\", -1.5]]}}"))
                .hasMessageContaining("model.type: expected BPE, found " + type);
    }

    @Test
    void tj3_mergesAsPairs() {
        String pairs = "[[\"a\", \"b\"], [\"ab\", \"b\"]]";
        assertThat(loadWith("[\"a b\", \"ab b\"]", pairs).encode("abb")).containsExactly(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"ab b\" | \"a a\"                  | model.merges[1]: 'aa' is not in the vocabulary",
                "\"ab b\" | \"c b\"                  | model.merges[1]: 'c' is not in the vocabulary",
                "\"ab b\" | \"abb\"                  | model.merges[1]: expected two pieces and one space, found 'abb'",
                "\"ab b\" | \"a b b\"                | model.merges[1]: expected two pieces and one space, found 'a b b'",
                "\"ab b\" | \" b\"                   | model.merges[1]: expected two pieces and one space, found ' b'",
                "\"ab b\" | [\"ab\"]                 | model.merges[1]: expected two pieces, found 1",
                "\"ab b\" | [\"a\", \"b\", \"b\"]    | model.merges[1]: expected two pieces, found more",
                "\"ab b\" | 7                        | /model/merges/1: expected a string, found a number",
            })
    void tj3_merge(String what, String instead, String message) {
        assertRefused(what, instead, message);
    }

    /** No pattern of a file is ever compiled. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"(a+)+$", "[", "\\\\p{L}++", "(?<=a)b"})
    void tj4_splitPattern(String regex) {
        assertRefused(
                "\"pre_tokenizer\": null",
                "\"pre_tokenizer\": {\"type\": \"Split\", \"behavior\": \"Isolated\", \"pattern\": {\"Regex\": \""
                        + regex + "\"}}",
                "pre_tokenizer.pattern: split pattern '" + regex.replace("\\\\", "\\")
                        + "' is not supported; known by value");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"normalizer\": null         | \"normalizer\": {\"type\": \"Precompiled\"}        | normalizer: normalizer Precompiled is not supported; known are",
                "\"normalizer\": null         | \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, {\"type\": \"Lowercase\"}]} | normalizer.normalizers[1]: normalizer Lowercase is not supported",
                "\"normalizer\": null         | \"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \" +\"}, \"content\": \"\"} | normalizer.pattern: regular expression ' +' is not supported",
                "\"normalizer\": null         | \"normalizer\": {\"type\": \"NFC\", \"form\": 2}   | normalizer: unknown option form",
                "\"normalizer\": null         | \"normalizer\": {}                                 | normalizer: expected type, found none",
                "\"normalizer\": null         | \"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"0123456789012345678901234567890123456789012345678901234567890123456789\"} | normalizer: makes texts more than 64 times longer",
                "\"pre_tokenizer\": null      | \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"} | pre_tokenizer: pre-tokenizer BertPreTokenizer is not supported",
                "\"pre_tokenizer\": null      | \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"ByteLevel\"}, {\"type\": \"Digits\"}]} | pre_tokenizer.pretokenizers[0]: ByteLevel is only supported as the last",
                "\"pre_tokenizer\": null      | \"pre_tokenizer\": \"ByteLevel\"                   | pre_tokenizer: expected an object, found the string 'ByteLevel'",
                "\"post_processor\": null     | \"post_processor\": {\"type\": \"BertProcessing\"} | post_processor: post-processor BertProcessing is not supported",
                "{\"type\": \"Fuse\"}         | {\"type\": \"WordPiece\"}                          | decoder: decoder WordPiece is not supported",
                "{\"type\": \"Fuse\"}         | {\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Fuse\"}, {\"type\": \"ByteFallback\"}]} | decoder.decoders[1]: decoder ByteFallback is not supported after the pieces have been fused",
                "\"truncation\": null         | \"chat_template\": \"\"                            | unknown section chat_template",
                "\"version\": \"1.0\"         | \"version\": \"2.0\"                               | version: expected 1.0, found 2.0",
                "\"unk_token\": \"?\"         | \"unk_token\": \"!\"                               | model.unk_token: '!' is not in the vocabulary",
                "\"unk_token\": \"?\"         | \"dropout\": 0.1                                   | model.dropout: dropping merges at random is not supported",
                "\"unk_token\": \"?\"         | \"continuing_subword_prefix\": \"##\"              | model.continuing_subword_prefix: '##' is not supported",
                "\"unk_token\": \"?\"         | \"end_of_word_suffix\": \"</w>\"                   | model.end_of_word_suffix: '</w>' is not supported",
                "\"unk_token\": \"?\"         | \"max_input_chars_per_word\": 5                    | model: unknown option max_input_chars_per_word",
            })
    void tj5_unknownKind(String what, String instead, String message) {
        assertRefused(what, instead, message);
    }

    @Test
    void tj6_addedTokenContent() {
        assertRefused(
                "\"content\": \"<s>\"", "\"content\": \"\"", "added_tokens[0].content: expected 1 to 1024 characters");
        assertRefused(
                "\"content\": \"<s>\"",
                "\"content\": \"" + "x".repeat(1025) + '"',
                "added_tokens[0].content: expected 1 to 1024 characters of well-formed text, found 1025");
    }

    @Test
    void tj6_addedTokenOverridesAPiece() {
        Tokenizer tokenizer = loadWith("\"id\": 5, \"content\": \"<s>\"", "\"id\": 3, \"content\": \"<x>\"");
        assertThat(tokenizer.piece(3)).isEqualTo("<x>");
        assertThat(tokenizer.id("<x>")).hasValue(3);
        assertThat(tokenizer.encode("a<x>b", EncodeOptions.PLAIN.parseSpecial(true)))
                .containsExactly(1, 3, 2);
        assertThat(tokenizer.decode(1, 3, 2)).isEqualTo("ab");
    }

    @Test
    void tj6_overlappingAddedTokens() {
        Tokenizer tokenizer = loadWith(
                "\"special\": true}",
                "\"special\": true}, {\"id\": 6, \"content\": \"<s>b\", \"special\": true},"
                        + " {\"id\": 7, \"content\": \"s>a\", \"special\": true}");
        EncodeOptions parse = EncodeOptions.PLAIN.parseSpecial(true);
        assertThat(tokenizer.encode("<s>b", parse)).containsExactly(6);
        assertThat(tokenizer.encode("<s>a", parse)).containsExactly(5, 1);
    }

    /** A text that merges could lead to a special token never becomes it. */
    @Test
    void encode_mergesCannotForgeASpecialToken() {
        Tokenizer tokenizer = loadWith("\"content\": \"<s>\"", "\"content\": \"abb\"");
        assertThat(tokenizer.encode("abb")).containsExactly(3, 2);
    }

    /** Members may stand in any order: sorted by name, the merges come before the vocabulary. */
    @Test
    void load_membersInAnyOrder() {
        Tokenizer tokenizer = load("""
                {"model": {"merges": ["a b"], "vocab": {"a": 0, "b": 1, "ab": 2, "<s>": 3}, "type": "BPE"},
                 "decoder": {"type": "Fuse"},
                 "added_tokens": [{"special": true, "content": "<s>", "id": 3}], "version": "1.0"}
                """);
        assertThat(tokenizer.encode("ab")).containsExactly(2);
        assertThat(tokenizer.encode("<s>", EncodeOptions.PLAIN.parseSpecial(true)))
                .containsExactly(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}   | model: expected merges, found none",
                "{\"model\": {\"type\": \"BPE\", \"merges\": []}}  | model: expected vocab, found none",
                "{\"version\": \"1.0\"}                            | model: expected vocab, found none",
                "{\"model\": null}                                 | expected an object, found null",
                "{\"model\": {\"type\": \"BPE\"                    | tokenizer.json line 1 column",
                "{}}                                               | not valid JSON",
                "{\"version\": NaN}                                | not valid JSON",
            })
    void load_incomplete(String json, String message) {
        assertThatThrownBy(() -> load(json))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void load_template() {
        String template = """
                "post_processor": {"type": "TemplateProcessing", "pair": [],
                  "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}%s],
                  "special_tokens": {"<s>": {"id": "<s>", "ids": [%s], "tokens": ["<s>"]}}}
                """;
        Tokenizer tokenizer = loadWith("\"post_processor\": null", template.formatted("", "5"));
        assertThat(tokenizer.encode("a", tokenizer.defaultOptions())).containsExactly(5, 1);
        String after = ", {\"SpecialToken\": {\"id\": \"<s>\", \"type_id\": 0}}";
        tokenizer = loadWith("\"post_processor\": null", template.formatted(after, "5"));
        assertThat(tokenizer.encode("a", tokenizer.defaultOptions())).containsExactly(5, 1, 5);
        assertRefused(
                "\"post_processor\": null",
                template.formatted(after + after, "5"),
                "post_processor.single: expected the text A with at most one token before and one after");
        assertRefused(
                "\"post_processor\": null",
                template.formatted("", "5, 5"),
                "post_processor.special_tokens.<s>.ids: expected one id, found 2");
        assertRefused(
                "\"post_processor\": null",
                template.formatted("", "99999999"),
                "post_processor.special_tokens: expected the id of a token, found 99999999");
    }

    @Test
    void load_configurationDecidesAboutBosAndEos() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<s>\", \"eos_token\": \"ab\", \"add_bos_token\": true, \"add_eos_token\": true}");
        Files.writeString(folder.resolve("tokenizer.json"), SOUND);
        Tokenizer tokenizer = Tokenizers.load(folder);
        assertThat(tokenizer.encode("a", tokenizer.defaultOptions())).containsExactly(5, 1, 3);
        assertThat(List.of(
                        tokenizer.specialTokens().bos(),
                        tokenizer.specialTokens().eos()))
                .hasToString("[OptionalInt[5], OptionalInt[3]]");
    }

    @Test
    void load_configurationContradicts() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), SOUND);
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<s>\": 6}");
        assertThatThrownBy(() -> Tokenizers.load(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessage("tokenizer_config.json: added_tokens_decoder: '<s>' has id 6, in tokenizer.json it has 5");
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<pad>\": 6}");
        assertThat(Tokenizers.load(folder).specialTokens().byText()).containsEntry("<pad>", 6);
    }
}
