package io.github.hanllama.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes protobuf messages by hand, well-formed or not. */
final class ProtoBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A model with an unknown, two control pieces and the text pieces given, BPE, identity normalizer. */
    static ProtoBytes model(String... pieces) {
        ProtoBytes model =
                new ProtoBytes().piece("<unk>", 0, 2).piece("<s>", 0, 3).piece("</s>", 0, 3);
        for (int i = 0; i < pieces.length; i++) {
            model.piece(pieces[i], -i, 1);
        }
        return model.message(2, new ProtoBytes().varint(3, 2)).message(3, new ProtoBytes().varint(4, 0));
    }

    /** Adds the 256 byte pieces and switches byte fallback on. */
    ProtoBytes byteFallback() {
        for (int i = 0; i < 256; i++) {
            piece("<0x%02X>".formatted(i), 0, 6);
        }
        return message(2, new ProtoBytes().varint(35, 1));
    }

    ProtoBytes piece(String text, float score, int type) {
        return message(1, new ProtoBytes().string(1, text).float32(2, score).varint(3, type));
    }

    ProtoBytes message(int field, ProtoBytes content) {
        return bytes(field, content.toByteArray());
    }

    ProtoBytes string(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    ProtoBytes bytes(int field, byte[] content) {
        varint(field << 3 | 2).varint(content.length);
        out.writeBytes(content);
        return this;
    }

    ProtoBytes varint(int field, long value) {
        return varint((long) field << 3).varint(value);
    }

    ProtoBytes float32(int field, float value) {
        varint((long) field << 3 | 5);
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    ProtoBytes raw(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    private ProtoBytes varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }
}
