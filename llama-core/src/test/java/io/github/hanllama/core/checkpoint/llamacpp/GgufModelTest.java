package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.ARRAY;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.BOOL;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.F32;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.I32;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.I64;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.TEXT;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U16;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U32;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U64;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U8;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.bytes;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llamaWithTokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.GgufFile;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows GG1 to GG21 of the table of bad input. */
class GgufModelTest {
    private static final int SWAPPED = 0x47475546;

    @TempDir
    Path folder;

    @Test
    void sound_opens() {
        try (Checkpoint model = TestModels.open(llamaWithTokens().write(folder))) {
            assertThat(model.config().headDim()).isEqualTo(4);
            assertThat(model.config().ropeTheta()).isEqualTo(10000);
            assertThat(model.config().tieWordEmbeddings()).isFalse();
            assertThat(model.tensors()).hasSize(12);
            assertThat(model.tokenizer().orElseThrow().encode("a")).containsExactly(3, 4);
            assertThat(model.companionFiles()).isEmpty();
        }
    }

    @Test
    void withoutHead_isTied() {
        try (Checkpoint model = TestModels.open(llama().remove("output.weight").write(folder))) {
            assertThat(model.config().tieWordEmbeddings()).isTrue();
            assertThat(model.tokenizer()).isEmpty();
        }
    }

    @Test
    void version2_isReadAlike() {
        try (Checkpoint model = TestModels.open(llama().version(2).write(folder))) {
            assertThat(model.tensors()).hasSize(12);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7, 23})
    void gg1_endsInTheHead(int length) throws IOException {
        Path file = folder.resolve("model.gguf");
        Files.write(file, Arrays.copyOf(llama().bytes(), length));
        refused(file, ModelFormatException.class, ": expected ");
    }

    @Test
    void gg1_otherMagic() {
        refused(llama().magic(0x4c4d4747), ModelFormatException.class, "is of no known format, expected a GGUF file");
        refused(llama().magic(SWAPPED), UnsupportedModelException.class, "is a big-endian GGUF file");
    }

    @ParameterizedTest
    @CsvSource({
        "0, version 0 of GGUF; expected 2 or 3",
        "1, version 1 of GGUF; expected 2 or 3",
        "4, version 4 of GGUF; expected 2 or 3",
        "50331648, version 3 of a big-endian GGUF file"
    })
    void gg2_version(int version, String message) {
        refused(llama().version(version), UnsupportedModelException.class, message);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE - 100, 1 << 20})
    void gg3_counts(long more) {
        refused(llama().moreTensors(more), ModelFormatException.class, "number of tensors: expected at most");
        refused(llama().moreKeys(more), ModelFormatException.class, "number of keys: expected at most");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE, 65L << 20})
    void gg4_lengthOfText(long length) {
        refused(llama().value("k", TEXT, bytes(length)), ModelFormatException.class, "k: expected at most");
        refused(llama().rawKey(bytes(length)), ModelFormatException.class, "key 8: expected at most");
    }

    @Test
    void gg4_key() {
        refused(
                llama().rawKey(bytes(""), bytes(U8), new byte[1]),
                ModelFormatException.class,
                "expected a printable name");
        refused(
                llama().rawKey(bytes("x".repeat(65536)), bytes(U8), new byte[1]),
                ModelFormatException.class,
                "key 8: expected at most 65535 bytes of text, found 65536");
        refused(
                llama().rawKey(bytes(2L), new byte[] {(byte) 0xc0, (byte) 0xaf}, bytes(U8), new byte[1]),
                ModelFormatException.class,
                "expected text in UTF-8");
    }

    @Test
    void gg5_valueType() {
        refused(llama().value("k", 13, bytes(0)), ModelFormatException.class, "k: expected a type below 13, found 13");
        refused(llama().value("k", -1, bytes(0)), ModelFormatException.class, "k: expected a type below 13");
        refused(
                llama().value("k", ARRAY, bytes(ARRAY), bytes(1L)),
                ModelFormatException.class,
                "k: expected an array of plain values, found an array of arrays");
        refused(
                llama().value("k", ARRAY, bytes(U32), bytes(Long.MAX_VALUE / 4)),
                ModelFormatException.class,
                "k: expected at most");
    }

    @Test
    void gg6_twice() {
        refused(
                llama().rawKey(bytes("general.architecture"), bytes(U8), new byte[1]),
                ModelFormatException.class,
                "expected each key once, found general.architecture again");
        byte[] file = llama().tensor("output.weighs", 8, 5).bytes();
        byte[] twice = new String(file, StandardCharsets.ISO_8859_1)
                .replace("output.weighs", "output.weight")
                .getBytes(StandardCharsets.ISO_8859_1);
        refused(write(twice), ModelFormatException.class, "expected each tensor once, found output.weight again");
    }

    @Test
    void gg7_alignment() {
        refused(llama().u32("general.alignment", 0), ModelFormatException.class, "expected a power of two");
        refused(llama().u32("general.alignment", 48), ModelFormatException.class, "expected a power of two");
        refused(llama().u32("general.alignment", 1 << 21), ModelFormatException.class, "expected a power of two");
        refused(
                llama().value("general.alignment", U64, bytes(32L)),
                ModelFormatException.class,
                "expected an integer of type u32");
        try (Checkpoint model =
                TestModels.open(llama().u32("general.alignment", 64).aligned(64).write(folder))) {
            assertThat(model.tensors()).hasSize(12);
        }
    }

    @Test
    void gg8_shape() {
        refused(llama().tensor("x", new long[0], 0, -1, 4), ModelFormatException.class, "1 to 4 dimensions, found 0");
        refused(
                llama().tensor("x", new long[] {1, 1, 1, 1, 1}, 0, -1, 4),
                ModelFormatException.class,
                "1 to 4 dimensions, found 5");
        refused(
                llama().tensor("x", new long[] {8, -1}, 0, -1, 4),
                ModelFormatException.class,
                "expected less than 2^63");
        refused(
                llama().tensor("x", new long[] {1L << 40, 1L << 40, 0}, 0, -1, 0),
                ModelFormatException.class,
                "expected a size below 2^63");
    }

    @Test
    void gg8_emptyTensor_isRead() {
        try (GgufFile file = GgufFile.open(llama().tensor("x", 8, 0).write(folder))) {
            assertThat(file.tensor("x").info().elements()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"4, Q4_2", "5, Q4_3", "20, IQ4_NL", "31, Q4_0_4_4", "39, MXFP4"})
    void gg9_typeThatIsNotRead(int number, String name) {
        refused(
                llama().tensor("x", new long[] {32}, number, -1, 32),
                UnsupportedModelException.class,
                "x: type " + number + " (" + name);
    }

    @ParameterizedTest
    @ValueSource(ints = {99, -1, 41})
    void gg9_noType(int number) {
        refused(
                llama().tensor("x", new long[] {32}, number, -1, 32),
                ModelFormatException.class,
                "x: expected the number of a type, found " + Integer.toUnsignedString(number));
    }

    @ParameterizedTest
    @CsvSource({"2, 32, Q4_0", "8, 32, Q8_0", "12, 256, Q4_K"})
    void gg10_partOfABlock(int number, int block, String name) {
        refused(
                llama().tensor("x", new long[] {block / 2, 2}, number, -1, block),
                ModelFormatException.class,
                "x: expected rows of whole blocks of " + block + " for " + name + ", found a first dimension of "
                        + block / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 31, 64, 1L << 40, Long.MIN_VALUE})
    void gg11_offset(long offset) {
        refused(
                llama().remove("output.weight").tensor("output.weight", new long[] {8, 5}, 0, offset, 160),
                ModelFormatException.class,
                "output.weight: expected its data at");
    }

    @Test
    void gg12_longName() {
        refused(
                llama().tensor("x".repeat(64), 8),
                ModelFormatException.class,
                "tensor 12: expected at most 63 bytes of text, found 64");
    }

    @Test
    void gg13_architecture() {
        refused(
                llama().remove("general.architecture"),
                ModelFormatException.class,
                "general.architecture: expected llama, found nothing");
        refused(
                llama().text("general.architecture", "qwen2"),
                UnsupportedModelException.class,
                "architecture qwen2 is not supported, expected llama");
        refused(
                llama().u32("general.architecture", 1),
                ModelFormatException.class,
                "general.architecture: expected text, found U32");
    }

    @Test
    void gg13_widerIntegers_areRead() {
        GgufBytes file = llama().value("llama.context_length", I64, bytes(32L))
                .value("llama.block_count", U8, new byte[] {1})
                .value("llama.embedding_length", U16, new byte[] {8, 0})
                .value("llama.feed_forward_length", I32, bytes(16));
        try (Checkpoint model = TestModels.open(file.write(folder))) {
            assertThat(model.config().maxPositionEmbeddings()).isEqualTo(32);
        }
        refused(
                llama().value("llama.context_length", I64, bytes(1L << 31)),
                ModelFormatException.class,
                "llama.context_length: expected an integer from 0 to 2147483647, found 2147483648");
        refused(
                llama().value("llama.context_length", I32, bytes(-1)),
                ModelFormatException.class,
                "llama.context_length: expected an integer from 0");
        refused(
                llama().text("llama.context_length", "32"),
                ModelFormatException.class,
                "llama.context_length: expected an integer, found TEXT");
        refused(
                llama().value("llama.context_length", F32, bytes(0)),
                ModelFormatException.class,
                "llama.context_length: expected an integer, found F32");
    }

    @ParameterizedTest
    @CsvSource({
        "block_count, 0, '1 to 1024 layers, found 0'",
        "block_count, 1025, '1 to 1024 layers, found 1025'",
        "attention.head_count, 0, 'a divisor of embedding_length 8, found 0'",
        "attention.head_count, 3, 'a divisor of embedding_length 8, found 3'",
        "attention.head_count_kv, 0, 'num_key_value_heads must be in 1'",
        "attention.head_count_kv, 3, 'num_key_value_heads must divide'",
        "rope.dimension_count, 8, 'expected 1 to the 4 of a head, found 8'",
        "rope.dimension_count, 0, 'expected 1 to the 4 of a head, found 0'",
        "context_length, 0, 'max_position_embeddings must be in 1'",
        "vocab_size, 6, 'expected the 5 rows of the embedding, found 6'"
    })
    void gg14_sizes(String key, int value, String message) {
        refused(llama().u32("llama." + key, value), ModelFormatException.class, message);
    }

    @Test
    void gg14_partOfAHeadRotated_isNotSupported() {
        refused(
                llama().u32("llama.rope.dimension_count", 2),
                UnsupportedModelException.class,
                "llama.rope.dimension_count: expected all 4 of a head, found 2");
        refused(
                llama().u32("llama.expert_count", 8),
                UnsupportedModelException.class,
                "llama.expert_count: expected 0, found 8 (a mixture of experts)");
        refused(
                llama().text("llama.rope.scaling.type", "longrope"),
                UnsupportedModelException.class,
                "found llama.rope.scaling.type longrope");
    }

    @Test
    void gg14_missing() {
        refused(
                llama().remove("llama.embedding_length"),
                ModelFormatException.class,
                "llama.embedding_length: expected a number, found nothing");
        refused(
                llama().remove("token_embd.weight"),
                ModelFormatException.class,
                "expected a matrix token_embd.weight, found none");
        refused(llama().remove("blk.0.attn_q.weight"), ModelFormatException.class, "1 missing: model.layers.0");
        refused(
                llama().tensor("blk.0.ffn_gate_inp.weight", 8, 8),
                ModelFormatException.class,
                "expected the tensors of a LLaMA with 1 layers, found also blk.0.ffn_gate_inp.weight");
    }

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

    /** The first part has the settings and one tensor, the second one the rest. */
    private Path split(int number, int count, int tensors) throws IOException {
        GgufBytes whole = llama().u32("split.no", 0).u32("split.count", 2).u32("split.tensors.count", tensors);
        GgufBytes rest =
                llama().u32("split.no", number).u32("split.count", count).u32("split.tensors.count", 12);
        for (String name : whole.tensorNames()) {
            (name.equals("token_embd.weight") ? rest : whole).remove(name);
        }
        Path first = folder.resolve("model-00001-of-00002.gguf");
        Files.write(first, whole.bytes());
        Files.write(folder.resolve("model-00002-of-00002.gguf"), rest.bytes());
        return first;
    }

    @Test
    void split_isReadWhole() throws IOException {
        for (Path path : List.of(split(1, 2, 12), folder)) {
            try (Checkpoint model = TestModels.open(path)) {
                assertThat(model.tensors()).hasSize(12);
                assertThat(model.weightFiles()).hasSize(2);
            }
        }
    }

    @Test
    void gg19_partsDisagree() throws IOException {
        refused(split(0, 2, 12), ModelFormatException.class, "00002-of-00002.gguf: split.no: expected 1, found 0");
        refused(split(1, 3, 12), ModelFormatException.class, "split.count: expected 2, found 3");
        refused(split(1, 2, 13), ModelFormatException.class, "split.tensors.count: expected 12, found 13");
    }

    @Test
    void gg19_partIsMissing() throws IOException {
        Path first = split(1, 2, 12);
        Files.delete(folder.resolve("model-00002-of-00002.gguf"));
        refused(first, ModelNotFoundException.class, "expected shards 1 to 2 of 2, found 1 files");
        Path alone = Files.move(first, folder.resolve("model.gguf"));
        refused(alone, ModelFormatException.class, "split.count: expected 1, found 2");
    }

    @Test
    void gg19_tensorInTwoParts() throws IOException {
        Path first = folder.resolve("model-00001-of-00002.gguf");
        GgufBytes part = llama().u32("split.count", 2).u32("split.tensors.count", 24);
        Files.write(first, part.u32("split.no", 0).bytes());
        Files.write(
                folder.resolve("model-00002-of-00002.gguf"),
                part.u32("split.no", 1).bytes());
        refused(first, ModelFormatException.class, "token_embd.weight: is in another part of the model, too");
    }

    @Test
    void gg20_dataEndsEarly() {
        refused(llama().without(33), ModelFormatException.class, "output.weight: expected 160 bytes of data at");
    }

    @Test
    void gg21_chatTemplate_isText() {
        GgufBytes file = llamaWithTokens().text("tokenizer.chat_template", "{{ x.__class__ }}");
        try (Checkpoint model = TestModels.open(file.write(folder))) {
            assertThat(model.chatTemplate()).isEqualTo(Optional.of("{{ x.__class__ }}"));
        }
        refused(
                llamaWithTokens().text("tokenizer.chat_template", "x".repeat((1 << 20) + 1)),
                ModelFormatException.class,
                "tokenizer.chat_template: expected at most 1048576 characters");
    }

    @Test
    void rope_scaling() {
        GgufBytes yarn = llama().text("llama.rope.scaling.type", "yarn").f32("llama.rope.scaling.factor", 4);
        try (Checkpoint model = TestModels.open(yarn.write(folder))) {
            assertThat(model.config().ropeScaling().toString()).startsWith("Yarn[factor=4.0, original");
        }
        try (Checkpoint model =
                TestModels.open(llama().f32("llama.rope.scale_linear", 2).write(folder))) {
            assertThat(model.config().ropeScaling()).hasToString("Linear[factor=2.0]");
        }
        refused(
                llama().tensor("rope_freqs.weight", 2),
                UnsupportedModelException.class,
                "found rope_freqs.weight with factors up to 0.0");
    }

    private Path write(byte[] file) {
        try {
            return Files.write(folder.resolve("model.gguf"), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refused(GgufBytes file, Class<? extends LlamaException> kind, String message) {
        refused(file.write(folder), kind, message);
    }

    private static void refused(Path file, Class<? extends LlamaException> kind, String message) {
        assertThatThrownBy(() -> TestModels.open(file).close())
                .isInstanceOf(kind)
                .hasMessageStartingWith(String.valueOf(file.getParent()))
                .hasMessageContaining(message);
    }
}
