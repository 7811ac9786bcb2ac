package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/**
 * F32, F16 or BF16 in strips of 32 rows, each (columns, 32), so that a strip is read from end to end; a tile is two
 * strips, the last one padded with zeros.
 */
final class PlainMatrix extends PackedMatrix {
    private final MemorySegment weights; // (strips, columns, STRIP)

    PlainMatrix(DType type, int rows, int columns, MemorySegment weights) {
        super(type, rows, columns);
        this.weights = weights;
    }

    static long packedSize(DType type, int rows, int columns) {
        return type.bytes((long) Math.ceilDiv(rows, TILE) * TILE * columns);
    }

    @Override
    public InputForm promptForm() {
        return InputForm.F32;
    }

    @Override
    public InputForm generatedForm() {
        return InputForm.F32;
    }

    @Override
    void addOne(int tile, float[] x, float[] sums) {
        Kernels.matrix().addOne(type(), weights, address(tile * TILE, 0), address(STRIP, 0), x, columns(), sums);
    }

    @Override
    void addFirst(int tile, int k, int depth, float[] panel, float[] x, int xAt, float[] sums) {
        long apart = address(STRIP, 0);
        for (int i = 0; i < depth; i += DEPTH) {
            long at = address(tile * TILE, k + i);
            int part = Math.min(DEPTH, depth - i);
            Kernels.matrix().addFirst(type(), weights, at, apart, part, panel, i, x, xAt + i * TokenTiles.TILE, sums);
        }
    }

    @Override
    void multiplyLevels(int tileFrom, int tileTo, MatrixInput x, InputForm form, float[] y) {
        throw new IllegalArgumentException(type() + " is multiplied in F32 only");
    }

    @Override
    void read(int row, float[] target, int at) {
        long step = type().bytes(STRIP);
        long address = address(row - row % STRIP, 0) + type().bytes(row % STRIP);
        for (int k = 0; k < columns(); k++) {
            target[at + k] = value(address + k * step);
        }
    }

    /**
     * A single number, which {@link StoredFloats} could read too; but its loop, seen to run once in each of many calls, would be
     * compiled without vectors, for those who read many.
     */
    private float value(long address) {
        return switch (type()) {
            case F16 -> HalfFloats.f16ToFloat(weights.get(StoredFloats.SHORT, address));
            case BF16 -> HalfFloats.bf16ToFloat(weights.get(StoredFloats.SHORT, address));
            default -> weights.get(StoredFloats.FLOAT, address);
        };
    }

    /** Byte offset of a column of the strip that begins with the row. */
    long address(int firstRow, int column) {
        return type().bytes((long) firstRow * columns() + (long) column * STRIP);
    }

    @Override
    MemorySegment weights() {
        return weights;
    }
}
