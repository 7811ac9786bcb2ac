package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.BOOL;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llamaWithTokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows GG15 to GG18 of the table of bad input: the tokenizer that a file has among its keys. */
class GgufTokenListTest extends GgufTestCase {
    @Test
    void gg15_listsOfOtherLengths() {
        refused(
                llamaWithTokens().f32s("tokenizer.ggml.scores", 0, 0, 0, -1),
                ModelFormatException.class,
                "tokenizer.ggml.scores: expected 5, one for each token, found 4");
        refused(
                llamaWithTokens().i32s("tokenizer.ggml.token_type", 2, 3, 3, 1),
                ModelFormatException.class,
                "tokenizer.ggml.token_type: expected 5, one for each token, found 4");
        refused(
                llamaWithTokens().texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "a"),
                ModelFormatException.class,
                "tokenizer.ggml.tokens: expected 5 tokens, one for each row of the embedding, found 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<0x-1>", "<0xZZ>", "<0x0a>", "0x0A"})
    void gg16_bytePiece(String token) {
        refused(
                llamaWithTokens()
                        .texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "\u2581", token)
                        .i32s("tokenizer.ggml.token_type", 2, 3, 3, 1, 6),
                ModelFormatException.class,
                "tokenizer.ggml.tokens[4]: expected a byte piece like <0x0A>, found '" + token + "'");
    }

    @Test
    void gg16_token() {
        refused(
                llamaWithTokens().texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "", "a"),
                ModelFormatException.class,
                "tokenizer.ggml.tokens[3]: expected some text, found none");
        refused(
                llamaWithTokens().texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "a", "x".repeat(65537)),
                ModelFormatException.class,
                "tokenizer.ggml.tokens: expected at most 65536 bytes of text, found 65537");
        refused(
                llamaWithTokens()
                        .texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "a", "<0x00>")
                        .i32s("tokenizer.ggml.token_type", 2, 3, 3, 1, 6),
                ModelFormatException.class,
                "expected 256 byte pieces or none, found 1");
        refused(
                llamaWithTokens().f32s("tokenizer.ggml.scores", 0, 0, 0, Float.NaN, 0),
                ModelFormatException.class,
                "tokenizer.ggml.tokens[3]: expected a finite score, found NaN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bos", "eos", "unknown", "padding"})
    void gg17_idOutside(String role) {
        refused(
                llamaWithTokens().u32("tokenizer.ggml." + role + "_token_id", 5),
                ModelFormatException.class,
                "tokenizer.ggml." + role + "_token_id: expected an id below 5, found 5");
    }

    @Test
    void gg17_flagWithoutItsToken() {
        GgufBytes bytePairs = bytePairs().flag("tokenizer.ggml.add_bos_token", true);
        refused(bytePairs, ModelFormatException.class, "tokenizer.ggml.add_bos_token: expected the id of the token");
        refused(
                llamaWithTokens().value("tokenizer.ggml.add_bos_token", BOOL, new byte[] {2}),
                ModelFormatException.class,
                "tokenizer.ggml.add_bos_token: expected 0 or 1, found 2");
    }

    /** Five byte-level tokens. */
    private static GgufBytes bytePairs() {
        return llama().text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "llama-bpe")
                .texts("tokenizer.ggml.tokens", "a", "b", "ab", "c", "\u0120")
                .texts("tokenizer.ggml.merges", "a b")
                .i32s("tokenizer.ggml.token_type", 1, 1, 1, 1, 1);
    }

    @Test
    void bytePairs_areRead() {
        try (Checkpoint model = TestModels.open(bytePairs().write(folder))) {
            assertThat(model.tokenizer().orElseThrow().encode("cab ")).containsExactly(3, 2, 4);
        }
    }

    @ParameterizedTest
    @CsvSource({"ab, expected two pieces and one space", "a b c, expected two pieces", "a d, 'is not in the vocabulary'"
    })
    void gg18_merge(String merge, String message) {
        refused(
                bytePairs().texts("tokenizer.ggml.merges", merge),
                ModelFormatException.class,
                "tokenizer.ggml.merges[0]: ");
        refused(bytePairs().texts("tokenizer.ggml.merges", merge), ModelFormatException.class, message);
    }

    @Test
    void gg18_otherModels() {
        refused(
                bytePairs().text("tokenizer.ggml.pre", "deepseek-llm"),
                ModelFormatException.class,
                "tokenizer.ggml.pre: 'deepseek-llm' is not supported");
        refused(
                bytePairs().text("tokenizer.ggml.model", "bert"),
                UnsupportedModelException.class,
                "tokenizer.ggml.model bert is not supported");
    }
}
