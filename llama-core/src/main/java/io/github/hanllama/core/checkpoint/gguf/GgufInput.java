package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a file, little-endian, read with a check before every step. Knows where it is, for messages. */
final class GgufInput {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long MAX_TEXT_BYTES = 64 << 20;

    private final String file;
    private final MemorySegment bytes;
    private long position;

    GgufInput(String file, MemorySegment bytes) {
        this(file, bytes, 0);
    }

    private GgufInput(String file, MemorySegment bytes, long position) {
        this.file = file;
        this.bytes = bytes;
        this.position = position;
    }

    /** Another reader of the same bytes, at a place that was found in them. */
    GgufInput at(long place) {
        return new GgufInput(file, bytes, place);
    }

    String file() {
        return file;
    }

    long position() {
        return position;
    }

    long length() {
        return bytes.byteSize();
    }

    long remaining() {
        return bytes.byteSize() - position;
    }

    /** @param what is read, for messages; likewise below */
    int u8(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(Byte.BYTES, what)) & 0xff;
    }

    int i16(String what) {
        return bytes.get(SHORT, advance(Short.BYTES, what));
    }

    int i32(String what) {
        return bytes.get(INT, advance(Integer.BYTES, what));
    }

    long u32(String what) {
        return Integer.toUnsignedLong(i32(what));
    }

    long i64(String what) {
        return bytes.get(LONG, advance(Long.BYTES, what));
    }

    float f32(String what) {
        return bytes.get(FLOAT, advance(Float.BYTES, what));
    }

    double f64(String what) {
        return bytes.get(DOUBLE, advance(Double.BYTES, what));
    }

    /** A number of things that each take so many bytes at least, and so must fit what is left. */
    long count(String what, long bytesEach) {
        long at = position;
        long count = i64(what);
        if (count < 0 || count > remaining() / bytesEach) {
            throw malformed(
                    at,
                    what + ": expected at most " + remaining() / bytesEach + " in the " + remaining()
                            + " bytes that are left, found " + Long.toUnsignedString(count));
        }
        return count;
    }

    /** Text after its length in eight bytes. */
    String text(String what, long maxBytes) {
        long at = position;
        long length = textLength(what, maxBytes);
        return decode(what, at, advance(length, what), length);
    }

    void skipText(String what) {
        advance(textLength(what, MAX_TEXT_BYTES), what);
    }

    String text(String what) {
        return text(what, MAX_TEXT_BYTES);
    }

    private long textLength(String what, long maxBytes) {
        long at = position;
        long length = i64(what);
        if (length < 0 || length > Math.min(maxBytes, remaining())) {
            throw malformed(
                    at,
                    what + ": expected at most " + Math.min(maxBytes, remaining()) + " bytes of text, found "
                            + Long.toUnsignedString(length) + "; is the file complete?");
        }
        return length;
    }

    /** Text of a length that was read before, as the older formats have it. */
    String decode(String what, long maxBytes, long length) {
        if (length < 0 || length > Math.min(maxBytes, remaining())) {
            throw malformed(
                    position,
                    what + ": expected at most " + Math.min(maxBytes, remaining()) + " bytes of text, found " + length
                            + "; is the file complete?");
        }
        long at = position;
        return decode(what, at, advance(length, what), length);
    }

    /** Bytes as they are, of a length that was checked before. */
    byte[] bytes(String what, int length) {
        return bytes.asSlice(advance(length, what), length).toArray(ValueLayout.JAVA_BYTE);
    }

    private String decode(String what, long at, long from, long length) {
        ByteBuffer copy = ByteBuffer.wrap(bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(copy).toString();
        } catch (CharacterCodingException e) {
            throw malformed(at, what + ": expected text in UTF-8, found other bytes");
        }
    }

    void skip(long count, String what) {
        advance(count, what);
    }

    private long advance(long count, String what) {
        if (count > remaining()) {
            throw malformed(
                    position,
                    what + ": expected " + count + " more bytes, found " + remaining() + "; is the file complete?");
        }
        long at = position;
        position += count;
        return at;
    }

    ModelFormatException malformed(long at, String problem) {
        return new ModelFormatException(file + ": byte " + at + ": " + StrictJson.printable(problem));
    }

    UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(file + ": " + StrictJson.printable(problem));
    }
}
