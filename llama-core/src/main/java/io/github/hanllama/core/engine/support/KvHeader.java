package io.github.hanllama.core.engine.support;

import io.github.hanllama.quant.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The head of an exported cache, little-endian: 8 bytes magic, version, dtype code, 32 bytes identity, layers, key-value
 * heads, head width, first position, end position. Values follow per layer K then V as (heads, positions, headDim), in Q8_0
 * each row of headDim padded with zeros to whole blocks; then the CRC-32C of all that precedes.
 *
 * @param identity hex SHA-256 of the model
 * @param from first position, inclusive
 * @param to last position, exclusive
 */
record KvHeader(String identity, int layers, int heads, int headDim, DType dtype, int from, int to) {
    static final int BYTES = 8 + 2 * Integer.BYTES + 32 + 5 * Integer.BYTES;

    private static final byte[] MAGIC = {'H', 'A', 'N', 'K', 'V', '\r', '\n', 0};
    private static final int VERSION = 1;
    private static final int IDENTITY_BYTES = 32;

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(code(dtype))
                .put(HexFormat.of().parseHex(identity))
                .putInt(layers)
                .putInt(heads)
                .putInt(headDim)
                .putInt(from)
                .putInt(to)
                .flip();
    }

    /** @throws IllegalArgumentException when these bytes are not such a header */
    static KvHeader decode(ByteBuffer bytes) {
        ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (!Arrays.equals(bytes(in, MAGIC.length), MAGIC)) {
            throw new IllegalArgumentException("not an exported cache: it does not start with HANKV");
        }
        int version = in.getInt();
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "exported cache: expected version " + VERSION + ", found " + version + "; export it again");
        }
        DType dtype = dtype(in.getInt());
        String identity = HexFormat.of().formatHex(bytes(in, IDENTITY_BYTES));
        return new KvHeader(identity, in.getInt(), in.getInt(), in.getInt(), dtype, in.getInt(), in.getInt());
    }

    private static byte[] bytes(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    /** Codes are part of the format, so they do not follow the order of an enum. */
    private static int code(DType dtype) {
        return switch (dtype) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case Q8_0 -> 3;
            default -> throw new IllegalArgumentException("a cache is not exchanged as " + dtype);
        };
    }

    private static DType dtype(int code) {
        return switch (code) {
            case 0 -> DType.F32;
            case 1 -> DType.F16;
            case 2 -> DType.BF16;
            case 3 -> DType.Q8_0;
            default ->
                throw new IllegalArgumentException(
                        "exported cache: expected dtype code 0 (F32), 1 (F16), 2 (BF16) or 3 (Q8_0), found " + code);
        };
    }
}
