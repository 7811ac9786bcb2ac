package io.github.hanllama.core.checkpoint.torch;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles opcode by opcode, sound and broken. */
final class PickleBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    static PickleBytes protocol2() {
        return new PickleBytes().code(0x80, 2);
    }

    /** The pickle of a table with one tensor. */
    static byte[] oneTensor(String name, PickleBytes tensor) {
        return protocol2().op("}").text(name).then(tensor).op("s.").build();
    }

    /** {@code _rebuild_tensor_v2} of a storage with key 0, zip style. */
    static PickleBytes tensor(String storageType, long elements, long offset, long[] sizes, long[] strides) {
        return tensor(storage(storageType, "0", elements), offset, sizes, strides);
    }

    static PickleBytes tensor(PickleBytes storage, long offset, long[] sizes, long[] strides) {
        return new PickleBytes()
                .global("torch._utils", "_rebuild_tensor_v2")
                .op("(")
                .then(storage)
                .integer(offset)
                .tuple(sizes)
                .tuple(strides)
                .code(0x89)
                .global("collections", "OrderedDict")
                .op(")RtR");
    }

    static PickleBytes storage(String type, String key, long elements) {
        return new PickleBytes()
                .op("(")
                .text("storage")
                .global("torch", type)
                .text(key)
                .text("cpu")
                .integer(elements)
                .op("tQ");
    }

    /** With the sixth field that the format before zip has. */
    static PickleBytes legacyStorage(String type, String key, long elements) {
        return new PickleBytes()
                .op("(")
                .text("storage")
                .global("torch", type)
                .text(key)
                .text("cpu")
                .integer(elements)
                .op("NtQ");
    }

    /** Opcodes that are ASCII characters. */
    PickleBytes op(String opcodes) {
        return raw(opcodes.getBytes(StandardCharsets.ISO_8859_1));
    }

    PickleBytes code(int... codes) {
        for (int code : codes) {
            bytes.write(code);
        }
        return this;
    }

    PickleBytes raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    PickleBytes then(PickleBytes more) {
        return raw(more.build());
    }

    PickleBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return op("X").int32(utf8.length).raw(utf8);
    }

    PickleBytes integer(long value) {
        if (value == (int) value) {
            return op("J").int32((int) value);
        }
        return code(0x8a, 8)
                .raw(ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array());
    }

    PickleBytes int32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    PickleBytes tuple(long... values) {
        op("(");
        for (long value : values) {
            integer(value);
        }
        return op("t");
    }

    PickleBytes global(String module, String name) {
        return op("c" + module + "\n" + name + "\n");
    }

    byte[] build() {
        return bytes.toByteArray();
    }
}
