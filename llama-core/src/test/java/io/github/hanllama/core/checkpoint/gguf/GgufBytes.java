package io.github.hanllama.core.checkpoint.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Writes GGUF files byte by byte, sound or not: knows nothing of the reader. Starts as the head of a sound tiny LLaMA of
 * one layer without a vocabulary.
 */
public final class GgufBytes {
    /** Numbers of the format. */
    public static final int U8 = 0;

    public static final int I8 = 1;
    public static final int U16 = 2;
    public static final int U32 = 4;
    public static final int I32 = 5;
    public static final int F32 = 6;
    public static final int BOOL = 7;
    public static final int TEXT = 8;
    public static final int ARRAY = 9;
    public static final int U64 = 10;
    public static final int I64 = 11;
    public static final int F64 = 12;

    private final SequencedMap<String, byte[]> values = new LinkedHashMap<>();
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final ByteArrayOutputStream extra = new ByteArrayOutputStream();
    private int magic = 0x46554747;
    private int version = 3;
    private long moreTensors;
    private long moreKeys;
    private int alignment = 32;
    private int missingBytes;

    /** A tensor's entry; offset -1 is where it should be. */
    private record Tensor(long[] shape, int type, long offset, long bytes) {}

    public static GgufBytes empty() {
        return new GgufBytes();
    }

    /** Hidden 8, two heads of 4, one key-value head, intermediate 16, vocabulary 5; all in F32. */
    public static GgufBytes llama() {
        return new GgufBytes()
                .text("general.architecture", "llama")
                .u32("llama.context_length", 32)
                .u32("llama.embedding_length", 8)
                .u32("llama.block_count", 1)
                .u32("llama.feed_forward_length", 16)
                .u32("llama.attention.head_count", 2)
                .u32("llama.attention.head_count_kv", 1)
                .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .tensor("token_embd.weight", 8, 5)
                .tensor("blk.0.attn_norm.weight", 8)
                .tensor("blk.0.attn_q.weight", 8, 8)
                .tensor("blk.0.attn_k.weight", 8, 4)
                .tensor("blk.0.attn_v.weight", 8, 4)
                .tensor("blk.0.attn_output.weight", 8, 8)
                .tensor("blk.0.ffn_norm.weight", 8)
                .tensor("blk.0.ffn_gate.weight", 8, 16)
                .tensor("blk.0.ffn_up.weight", 8, 16)
                .tensor("blk.0.ffn_down.weight", 16, 8)
                .tensor("output_norm.weight", 8)
                .tensor("output.weight", 8, 5);
    }

    /** With five tokens that need no bytes. */
    public static GgufBytes llamaWithTokens() {
        return llama().text("tokenizer.ggml.model", "llama")
                .texts("tokenizer.ggml.tokens", "<unk>", "<s>", "</s>", "\u2581", "a")
                .f32s("tokenizer.ggml.scores", 0, 0, 0, -1, -2)
                .i32s("tokenizer.ggml.token_type", 2, 3, 3, 1, 1)
                .u32("tokenizer.ggml.bos_token_id", 1)
                .u32("tokenizer.ggml.eos_token_id", 2)
                .u32("tokenizer.ggml.unknown_token_id", 0);
    }

    public GgufBytes magic(int value) {
        magic = value;
        return this;
    }

    public GgufBytes version(int value) {
        version = value;
        return this;
    }

    /** Lies about the number of tensors by so many. */
    public GgufBytes moreTensors(long count) {
        moreTensors = count;
        return this;
    }

    /** Lies about the number of keys by so many. */
    public GgufBytes moreKeys(long count) {
        moreKeys = count;
        return this;
    }

    public GgufBytes aligned(int bytes) {
        alignment = bytes;
        return this;
    }

    /** Cuts the file short. */
    public GgufBytes without(int bytes) {
        missingBytes = bytes;
        return this;
    }

    public List<String> tensorNames() {
        return List.copyOf(tensors.keySet());
    }

    public GgufBytes remove(String key) {
        values.remove(key);
        tensors.remove(key);
        return this;
    }

    public GgufBytes text(String key, String value) {
        return value(key, TEXT, bytes(value));
    }

    public GgufBytes u32(String key, int value) {
        return value(key, U32, bytes(value));
    }

    public GgufBytes f32(String key, float value) {
        return value(key, F32, bytes(Float.floatToRawIntBits(value)));
    }

    public GgufBytes flag(String key, boolean value) {
        return value(key, BOOL, new byte[] {(byte) (value ? 1 : 0)});
    }

    public GgufBytes texts(String key, String... elements) {
        byte[][] bytes = new byte[elements.length][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes(elements[i]);
        }
        return value(key, ARRAY, join(bytes(TEXT), bytes((long) elements.length), join(bytes)));
    }

    public GgufBytes f32s(String key, float... elements) {
        byte[][] bytes = new byte[elements.length][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes(Float.floatToRawIntBits(elements[i]));
        }
        return value(key, ARRAY, join(bytes(F32), bytes((long) elements.length), join(bytes)));
    }

    public GgufBytes i32s(String key, int... elements) {
        byte[][] bytes = new byte[elements.length][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes(elements[i]);
        }
        return value(key, ARRAY, join(bytes(I32), bytes((long) elements.length), join(bytes)));
    }

    /** A value of any type, said in bytes; replaces the one of this key. */
    public GgufBytes value(String key, int type, byte[]... parts) {
        values.put(key, join(bytes(key), bytes(type), join(parts)));
        return this;
    }

    /** Bytes where a further key would stand; counted with {@link #moreKeys}. */
    public GgufBytes rawKey(byte[]... parts) {
        extra.writeBytes(join(parts));
        return moreKeys(moreKeys + 1);
    }

    /** F32 where it should be. */
    public GgufBytes tensor(String name, long... shape) {
        long elements = 1;
        for (long dimension : shape) {
            elements *= dimension;
        }
        return tensor(name, shape, 0, -1, 4 * elements);
    }

    public GgufBytes tensor(String name, long[] shape, int type, long offset, long bytes) {
        tensors.put(name, new Tensor(shape, type, offset, bytes));
        return this;
    }

    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(join(bytes(magic), bytes(version), bytes(tensors.size() + moreTensors)));
        out.writeBytes(bytes(values.size() + moreKeys));
        values.values().forEach(out::writeBytes);
        out.writeBytes(extra.toByteArray());
        long offset = 0;
        for (var entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            out.writeBytes(join(bytes(entry.getKey()), bytes(tensor.shape.length)));
            for (long dimension : tensor.shape) {
                out.writeBytes(bytes(dimension));
            }
            out.writeBytes(join(bytes(tensor.type), bytes(tensor.offset == -1 ? offset : tensor.offset)));
            offset += padded(tensor.bytes);
        }
        out.writeBytes(new byte[(int) (padded(out.size()) - out.size() + offset)]);
        byte[] file = out.toByteArray();
        return Arrays.copyOf(file, file.length - missingBytes);
    }

    public Path write(Path folder) {
        try {
            return Files.write(folder.resolve("model.gguf"), bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long padded(long bytes) {
        return Math.ceilDiv(bytes, alignment) * alignment;
    }

    public static byte[] bytes(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    public static byte[] bytes(long value) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    public static byte[] bytes(String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return join(bytes((long) text.length), text);
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
