package io.github.hanllama.quant;

/** Tiles of keys or values in f32, on the heap and small enough for the first-level cache. One instance per thread. */
final class KvPanel {
    static final int TILE = KvLayer.BLOCK * KvLayer.BLOCK;

    /** The tiles of one head and block, one after the other. */
    final float[] numbers;
    /** For a tile on its way. */
    final short[] halves = new short[TILE];

    final float[] scales = new float[KvLayer.BLOCK];

    KvPanel(int tiles) {
        this.numbers = new float[tiles * TILE];
    }
}
