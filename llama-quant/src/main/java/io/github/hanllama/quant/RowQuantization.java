package io.github.hanllama.quant;

import java.util.Objects;

/**
 * Whole numbers of 8 or 4 bits with one f16 scale for each row, as ChatGLM and after it Chinese-LlaMA2 keep the matrices of a
 * model: symmetric, without a zero point.
 *
 * <pre>{@code
 * byte[] packed = new byte[RowQuantization.INT4.bytes(columns)];
 * short scale = RowQuantization.INT4.quantize(row, 0, columns, packed, 0);
 * RowQuantization.INT4.dequantize(packed, 0, columns, scale, row, 0); // what the model then computes with
 * }</pre>
 *
 * <p>Defined to the bit, on values of f16: the scale is the largest magnitude of the row over 127 or 7, rounded to f16; a number is
 * the value over the scale, rounded to f16 and then to the nearest integer, ties to even. The double rounding is the original's:
 * quotients between 64 and 127 have steps of 1/16, so that ties are frequent. Read back, it is the number times the scale, rounded
 * to f16.
 *
 * <p>Where the original divides by zero or wraps around this does not: a row of zeros has scale 0 and numbers 0; a scale that
 * would be rounded to 0 is the smallest number of f16, with which such rows are exact; and where a subnormal scale was rounded down
 * so far that a number would leave the range, it is the end of the range.
 *
 * @see <a href="https://huggingface.co/THUDM/chatglm-6b/blob/main/quantization.py">the original</a>
 */
public enum RowQuantization {
    /** A byte for each number, -127 to 127. */
    INT8(8),
    /** Two numbers in a byte, -7 to 7: that of the even column in the upper half. */
    INT4(4);

    private static final short SMALLEST = 1; // of the positive numbers of f16

    private final int bits;
    private final int limit;

    RowQuantization(int bits) {
        this.bits = bits;
        this.limit = (1 << (bits - 1)) - 1;
    }

    public int bits() {
        return bits;
    }

    /**
     * Bytes of a row.
     *
     * @throws IllegalArgumentException when columns do not fill whole bytes
     */
    public int bytes(int columns) {
        if (columns < 0 || columns * (long) bits % Byte.SIZE != 0) {
            throw new IllegalArgumentException(this + " packs an even number of columns, a row cannot have " + columns);
        }
        return (int) (columns * (long) bits / Byte.SIZE);
    }

    /**
     * Quantizes one row.
     *
     * @param row numbers of f16, from index {@code at}
     * @param target gets {@link #bytes} bytes from index {@code to}
     * @return the scale, as f16
     * @throws IllegalArgumentException when a value is infinite, not a number, or none of f16
     */
    public short quantize(float[] row, int at, int columns, byte[] target, int to) {
        Objects.checkFromIndexSize(at, columns, row.length);
        Objects.checkFromIndexSize(to, bytes(columns), target.length);
        short scale = scale(row, at, columns);
        float divisor = HalfFloats.f16ToFloat(scale);
        for (int i = 0; i < columns; i++) {
            put(target, to, i, divisor == 0 ? 0 : number(row[at + i], divisor));
        }
        return scale;
    }

    private short scale(float[] row, int at, int columns) {
        float largest = 0;
        for (int i = at; i < at + columns; i++) {
            if (!Float.isFinite(row[i]) || HalfFloats.f16ToFloat(HalfFloats.floatToF16(row[i])) != row[i]) {
                throw new IllegalArgumentException(
                        "expected finite numbers of f16, found " + row[i] + " in column " + (i - at));
            }
            largest = Math.max(largest, Math.abs(row[i]));
        }
        short scale = HalfFloats.floatToF16(largest / limit);
        return scale == 0 && largest > 0 ? SMALLEST : scale;
    }

    private int number(float value, float scale) {
        float quotient = HalfFloats.f16ToFloat(HalfFloats.floatToF16(value / scale));
        return Math.clamp((long) Math.rint(quotient), -limit, limit);
    }

    private void put(byte[] target, int to, int column, int number) {
        if (this == INT8) {
            target[to + column] = (byte) number;
        } else if (column % 2 == 0) {
            target[to + column / 2] = (byte) (number << 4);
        } else {
            target[to + column / 2] |= (byte) (number & 0x0F);
        }
    }

    /** Reads back one row; {@code scale} is f16, the target gets numbers of f16. */
    public void dequantize(byte[] packed, int at, int columns, short scale, float[] target, int to) {
        Objects.checkFromIndexSize(at, bytes(columns), packed.length);
        Objects.checkFromIndexSize(to, columns, target.length);
        float factor = HalfFloats.f16ToFloat(scale);
        for (int i = 0; i < columns; i++) {
            target[to + i] = HalfFloats.f16ToFloat(HalfFloats.floatToF16(get(packed, at, i) * factor));
        }
    }

    private int get(byte[] packed, int at, int column) {
        if (this == INT8) {
            return packed[at + column];
        }
        byte pair = packed[at + column / 2];
        return column % 2 == 0 ? pair >> 4 : (byte) (pair << 4) >> 4;
    }
}
