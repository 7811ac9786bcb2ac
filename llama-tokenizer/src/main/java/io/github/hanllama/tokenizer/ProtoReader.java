package io.github.hanllama.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Walks the fields of one protobuf message inside a byte array that holds the whole file. Every length is checked
 * against the message's end before it is used, and a refusal names the byte offset in the file.
 */
final class ProtoReader {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private static final int MAX_VARINT = 10;

    private final byte[] file;
    private final int end;
    private int position;
    private int fieldStart;
    private int field;
    private int wireType;

    ProtoReader(byte[] file) {
        this(file, 0, file.length);
    }

    private ProtoReader(byte[] file, int start, int end) {
        this.file = file;
        this.position = start;
        this.end = end;
    }

    /** Moves to the next field; its value must then be read or skipped. */
    boolean next() {
        if (position == end) {
            return false;
        }
        fieldStart = position;
        long tag = varint();
        wireType = (int) (tag & 7);
        if (tag >>> 3 == 0 || tag >>> 3 > Integer.MAX_VALUE >>> 2) {
            throw refuse(fieldStart, "expected a field number from 1 to 536870911, found " + (tag >>> 3));
        }
        field = (int) (tag >>> 3);
        if (wireType != VARINT && wireType != FIXED64 && wireType != BYTES && wireType != FIXED32) {
            throw refuse(fieldStart, "field " + field + ": expected wire type 0, 1, 2 or 5, found " + wireType);
        }
        return true;
    }

    int field() {
        return field;
    }

    /** Where the current field's tag starts in the file. */
    int fieldStart() {
        return fieldStart;
    }

    /** Where the next field starts in the file, once the current one is read or skipped. */
    int position() {
        return position;
    }

    /** An {@code int32}, {@code bool} or {@code enum}; the upper half of a negative number's ten bytes is dropped. */
    int int32() {
        expect(VARINT, "a varint");
        return (int) varint();
    }

    boolean bool() {
        return int32() != 0;
    }

    float float32() {
        expect(FIXED32, "a float");
        require(4);
        int bits = ByteBuffer.wrap(file, position, 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
        position += 4;
        return Float.intBitsToFloat(bits);
    }

    ProtoReader message() {
        expect(BYTES, "a message");
        int length = length();
        position += length;
        return new ProtoReader(file, position - length, position);
    }

    /** The bytes of the current field as a view of the file. */
    ByteBuffer bytes() {
        expect(BYTES, "bytes");
        int length = length();
        position += length;
        return ByteBuffer.wrap(file, position - length, length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A string of at most {@code maxBytes}; {@code where} goes before the refusal of a longer one. */
    String string(int maxBytes, String where) {
        ByteBuffer utf8 = bytes();
        if (utf8.remaining() > maxBytes) {
            throw refuse(
                    fieldStart, where + "expected at most " + maxBytes + " bytes of text, found " + utf8.remaining());
        }
        return decode(utf8);
    }

    String string() {
        return decode(bytes());
    }

    private String decode(ByteBuffer utf8) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new TokenizerException(message(fieldStart, "expected UTF-8, found other bytes"), e);
        }
    }

    void skip() {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED64 -> advance(8);
            case FIXED32 -> advance(4);
            default -> advance(length());
        }
    }

    /** A refusal at the given offset of the file. */
    static TokenizerException refuse(int offset, String what) {
        return new TokenizerException(message(offset, what));
    }

    private static String message(int offset, String what) {
        return "SentencePiece model, byte " + offset + ": " + what;
    }

    private void advance(int bytes) {
        require(bytes);
        position += bytes;
    }

    private int length() {
        int start = position;
        long declared = varint();
        if (declared < 0 || declared > end - position) {
            throw refuse(
                    start,
                    "field " + field + ": expected a length of at most " + (end - position) + ", found "
                            + Long.toUnsignedString(declared));
        }
        return (int) declared;
    }

    private long varint() {
        int start = position;
        long value = 0;
        for (int i = 0; i < MAX_VARINT; i++) {
            require(1);
            byte b = file[position++];
            value |= (long) (b & 0x7F) << (7 * i);
            if (b >= 0) {
                if (i == MAX_VARINT - 1 && b > 1) {
                    break;
                }
                return value;
            }
        }
        throw refuse(start, "expected a varint of at most 64 bits, found a longer one");
    }

    private void expect(int type, String words) {
        if (wireType != type) {
            throw refuse(
                    fieldStart,
                    "field " + field + ": expected " + words + " (wire type " + type + "), found wire type "
                            + wireType);
        }
    }

    private void require(int bytes) {
        if (bytes > end - position) {
            throw refuse(
                    position,
                    "expected " + bytes + " more bytes of the message, found " + (end - position)
                            + (end == file.length ? "; the file is cut off" : ""));
        }
    }
}
