package io.github.hanllama.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the wire format of protocol buffers, as far as SentencePiece models need it. */
final class ProtoWriter {
    private static final int MORE = 0x80;
    private static final int SEVEN_BITS = 0x7f;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtoWriter number(int field, int value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    ProtoWriter flag(int field, boolean value) {
        return number(field, value ? 1 : 0);
    }

    ProtoWriter fixed32(int field, float value) {
        varint((long) field << 3 | ProtoReader.FIXED32);
        int bits = Float.floatToRawIntBits(value);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            out.write(bits >> shift);
        }
        return this;
    }

    ProtoWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtoWriter message(int field, ProtoWriter value) {
        return bytes(field, value.toBytes());
    }

    private ProtoWriter bytes(int field, byte[] value) {
        varint((long) field << 3 | ProtoReader.BYTES);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    /** Negative numbers take ten bytes, as the format has it. */
    private void varint(long value) {
        long rest = value;
        while ((rest & ~SEVEN_BITS) != 0) {
            out.write((int) rest & SEVEN_BITS | MORE);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
