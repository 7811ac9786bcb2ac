package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** {@link DType#F16} in the order of a {@link HalfTileKernel}. */
final class F16KvTiles extends KvTiles {
    /** To fold tiles as they are takes 0.6 of the time for 16 queries, but 1.3 times as long for 32. */
    private static final int MOST_IN_PLACE = 16;

    F16KvTiles() {
        super(DType.F16);
    }

    @Override
    long bytes(int rows) {
        return (long) Short.BYTES * KvLayer.BLOCK * rows;
    }

    @Override
    void put(KvSide side, int position, float[] source, int at, int count, MemorySegment memory, long tile) {
        for (int i = 0; i < count; i++) {
            memory.set(
                    StoredFloats.SHORT, address(tile, side.index(position, i)), Float.floatToFloat16(source[at + i]));
        }
    }

    @Override
    void get(KvSide side, int position, MemorySegment memory, long tile, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] =
                    Float.float16ToFloat(memory.get(StoredFloats.SHORT, address(tile, side.index(position, i))));
        }
    }

    private static long address(long tile, int index) {
        return tile + (long) Short.BYTES * HalfTileKernel.slot(index);
    }

    @Override
    boolean joined() {
        return true;
    }

    @Override
    int mostInPlace() {
        return MOST_IN_PLACE;
    }

    @Override
    void foldOne(KvPanel panel, int tile, int row, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        long at = panel.address(tile) + bytes(row);
        Kernels.halfTiles().foldOne(panel.memory(), at, depth, x, xAt, sums, sumsAt);
    }

    @Override
    void foldFour(
            KvPanel panel, int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        Kernels.halfTiles().foldFour(panel.memory(), panel.address(tile), depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    void startEight(
            KvPanel panel, int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        long at = panel.address(tile);
        Kernels.halfTiles().startEight(panel.memory(), at, depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    void widen(KvSide side, MemorySegment memory, long tile, int rows, KvPanel panel, int strip) {
        Kernels.halfTiles().widen(memory, tile, rows, panel.widened, KvPanel.TILE * strip);
    }
}
