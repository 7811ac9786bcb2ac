package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Floating-point numbers in memory as {@code float}: bulk reading and writing of {@link DType#F64}, {@link DType#F32},
 * {@link DType#F16} and {@link DType#BF16}, little-endian, at any alignment, and of whole blocks by {@link BlockCodec}.
 *
 * <p>Reading a 16-bit type is exact; writing one rounds as {@link HalfFloats} says. F64 is rounded to f32 when read.
 */
public final class StoredFloats {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Numbers converted at a time: few enough to stay in the first-level cache. */
    private static final int CHUNK = 2048;

    private StoredFloats() {}

    /**
     * Reads {@code count} numbers stored from byte {@code offset} into {@code target[at..]}.
     *
     * @throws IllegalArgumentException when the type is not one of real numbers, or the numbers fill no whole blocks
     * @throws IndexOutOfBoundsException when the numbers lie outside the segment or the array
     */
    public static void read(DType type, MemorySegment source, long offset, float[] target, int at, int count) {
        check(type, source, offset, target, at, count);
        switch (type) {
            case F32 -> MemorySegment.copy(source, FLOAT, offset, target, at, count);
            case F16 -> readF16(source, offset, target, at, count);
            case BF16 -> Kernels.bf16().read(source, offset, target, at, count);
            case F64 -> readF64(source, offset, target, at, count);
            default -> BlockCodec.of(type).dequantize(source, offset, target, at, count);
        }
    }

    /**
     * Writes {@code source[at..at + count)} from byte {@code offset} on.
     *
     * @throws IllegalArgumentException when the type is not floating-point
     * @throws IndexOutOfBoundsException when the numbers lie outside the array or the segment
     */
    public static void write(DType type, float[] source, int at, int count, MemorySegment target, long offset) {
        check(type, target, offset, source, at, count);
        switch (type) {
            case F32 -> MemorySegment.copy(source, at, target, FLOAT, offset, count);
            case F16 -> writeF16(source, at, count, target, offset);
            case BF16 -> Kernels.bf16().write(source, at, count, target, offset);
            case F64 -> writeF64(source, at, count, target, offset);
            default -> BlockCodec.of(type).quantize(source, at, count, target, offset);
        }
    }

    // The f16 loops have no SIMD form of their own: C2 compiles them to the hardware's conversions, but for arrays
    // only; where segments on and off the heap meet, their accesses are not inlined, 50 times slower.

    private static void readF16(MemorySegment source, long offset, float[] target, int at, int count) {
        short[] chunk = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            MemorySegment.copy(source, SHORT, offset + 2L * done, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                target[at + done + i] = Float.float16ToFloat(chunk[i]);
            }
        }
    }

    private static void writeF16(float[] source, int at, int count, MemorySegment target, long offset) {
        short[] chunk = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            for (int i = 0; i < length; i++) {
                chunk[i] = Float.floatToFloat16(source[at + done + i]);
            }
            MemorySegment.copy(chunk, 0, target, SHORT, offset + 2L * done, length);
        }
    }

    private static void readF64(MemorySegment source, long offset, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = (float) source.get(DOUBLE, offset + 8L * i);
        }
    }

    private static void writeF64(float[] source, int at, int count, MemorySegment target, long offset) {
        for (int i = 0; i < count; i++) {
            target.set(DOUBLE, offset + 8L * i, source[at + i]);
        }
    }

    private static void check(DType type, MemorySegment segment, long offset, float[] array, int at, int count) {
        if (!type.isReal()) {
            throw new IllegalArgumentException(type + " does not store real numbers");
        }
        Objects.checkFromIndexSize(at, count, array.length);
        Objects.checkFromIndexSize(offset, type.bytes(count), segment.byteSize());
    }
}
