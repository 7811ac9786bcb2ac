package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;

/** The bytes of pickles one after the other, read with a check before every step. Knows where it is, for messages. */
final class PickleInput {
    private static final int MAX_TEXT_BYTES = 1 << 20;
    private static final int MAX_LINE_BYTES = 1000;

    private final String where;
    private final MemorySegment bytes;
    private long position;
    private long opcodeAt;
    private String opcode = "";

    /** @param where the file and perhaps its part, for messages */
    PickleInput(String where, MemorySegment bytes) {
        this.where = where;
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    long remaining() {
        return bytes.byteSize() - position;
    }

    Opcode opcode() {
        opcodeAt = position;
        opcode = "";
        if (remaining() == 0) {
            throw malformed("expected an opcode, found the end; is the file complete?");
        }
        int code = u8();
        Opcode found = Opcode.of(code)
                .orElseThrow(() -> malformed("expected an opcode, found 0x" + Integer.toHexString(code)));
        opcode = " (" + found + ")";
        return found;
    }

    int u8() {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
    }

    int u16() {
        return LittleEndian.u16(bytes, advance(2));
    }

    int i32() {
        return LittleEndian.i32(bytes, advance(4));
    }

    long u32() {
        return LittleEndian.u32(bytes, advance(4));
    }

    void skip(int count) {
        advance(count);
    }

    /** Two's complement, least significant byte first. */
    BigInteger integer(int length) {
        long at = advance(length);
        byte[] bigEndian = new byte[length + 1];
        for (int i = 0; i < length; i++) {
            bigEndian[length - i] = bytes.get(ValueLayout.JAVA_BYTE, at + i);
        }
        bigEndian[0] = (byte) (length > 0 && bigEndian[1] < 0 ? -1 : 0);
        return new BigInteger(bigEndian);
    }

    String text(long length) {
        if (length > MAX_TEXT_BYTES) {
            throw malformed(
                    "expected text of at most " + Math.min(MAX_TEXT_BYTES, remaining()) + " bytes, found " + length);
        }
        return decode(advance(length), length);
    }

    /** Up to a line feed, which is consumed. */
    String line() {
        long start = position;
        for (int length = 0; length < Math.min(MAX_LINE_BYTES, bytes.byteSize() - start); length++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, start + length) == '\n') {
                advance(length + 1L);
                return decode(start, length);
            }
        }
        throw malformed("expected a line of at most " + MAX_LINE_BYTES + " bytes, found no end of it");
    }

    private String decode(long at, long length) {
        return StrictText.decode(bytes.asSlice(at, length))
                .orElseThrow(() -> malformed("expected text in UTF-8, found other bytes or surrogates"));
    }

    private long advance(long count) {
        if (count > remaining()) {
            throw malformed("expected " + count + " more bytes, found " + remaining() + "; is the file complete?");
        }
        long at = position;
        position += count;
        return at;
    }

    ModelFormatException malformed(String problem) {
        return new ModelFormatException(message(problem));
    }

    UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(message(problem));
    }

    private String message(String problem) {
        return where + ": byte " + opcodeAt + opcode + ": " + problem;
    }
}
