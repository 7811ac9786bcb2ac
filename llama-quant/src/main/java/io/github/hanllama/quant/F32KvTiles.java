package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** {@link DType#F32}, number by number: tiles are folded where they are. */
final class F32KvTiles extends KvTiles {
    F32KvTiles() {
        super(DType.F32);
    }

    @Override
    long bytes(int rows) {
        return (long) Float.BYTES * KvLayer.BLOCK * rows;
    }

    @Override
    void put(KvSide side, int position, float[] source, int at, int count, MemorySegment memory, long tile) {
        for (int i = 0; i < count; i++) {
            memory.set(StoredFloats.FLOAT, address(tile, side.index(position, i)), source[at + i]);
        }
    }

    @Override
    void get(KvSide side, int position, MemorySegment memory, long tile, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = memory.get(StoredFloats.FLOAT, address(tile, side.index(position, i)));
        }
    }

    private static long address(long tile, int index) {
        return tile + (long) Float.BYTES * index;
    }

    @Override
    boolean joined() {
        return true;
    }

    @Override
    int mostInPlace() {
        return Integer.MAX_VALUE;
    }

    @Override
    void foldOne(KvPanel panel, int tile, int row, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        long at = address(panel.address(tile), KvLayer.BLOCK * row);
        Kernels.attention().foldOne(panel.memory(), at, depth, x, xAt, sums, sumsAt);
    }

    @Override
    void foldFour(
            KvPanel panel, int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        Kernels.attention().foldFour(panel.memory(), panel.address(tile), depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    void startEight(
            KvPanel panel, int tile, int depth, float[] x, int xAt, int xStep, float[] sums, int sumsAt, int sumsStep) {
        Kernels.attention()
                .startEight(panel.memory(), panel.address(tile), depth, x, xAt, xStep, sums, sumsAt, sumsStep);
    }

    @Override
    void widen(KvSide side, MemorySegment memory, long tile, int rows, KvPanel panel, int strip) {
        MemorySegment.copy(memory, StoredFloats.FLOAT, tile, panel.widened, KvPanel.TILE * strip, KvLayer.BLOCK * rows);
    }
}
