package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.F32;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.I32;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.I64;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U16;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U8;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.bytes;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.gguf.GgufBytes;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows GG13 and GG14 of the table of bad input: what the keys say of the model, and the tensors it needs. */
class GgufSettingsTest extends GgufTestCase {
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
}
