package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@link DType#Q8_0}: of each position 32 dimensions share a scale; a last block of fewer is padded with zeros. A tile is
 * 32 f16 scales, by position, then its levels.
 *
 * <p>What was read and is stored again has the same bits: the largest level is 127, or -127, so the scale comes back.
 */
final class Q8_0KvTiles extends KvTiles {
    static final long SCALES = (long) Short.BYTES * KvLayer.BLOCK;

    private static final BlockEncoder ENCODER = BlockCodec.of(DType.Q8_0).encoder(); // the one kind without memory
    private static final int LEVELS = Short.BYTES; // in a block, after the scale
    private static final short NAN = Float.floatToFloat16(Float.NaN);

    Q8_0KvTiles() {
        super(DType.Q8_0);
    }

    @Override
    long bytes(int rows) {
        return SCALES + (long) rows * KvLayer.BLOCK;
    }

    @Override
    void put(KvSide side, int position, float[] source, int at, int count, MemorySegment block, long tile) {
        float[] padded = new float[KvLayer.BLOCK];
        System.arraycopy(source, at, padded, 0, count);
        byte[] encoded = new byte[DType.Q8_0.blockBytes()];
        ENCODER.encode(padded, 0, encoded, 0);
        MemorySegment.copy(encoded, 0, block, ValueLayout.JAVA_BYTE, scale(tile, position), LEVELS);
        if (!allFinite(source, at, count)) {
            block.set(StoredFloats.SHORT, scale(tile, position), NAN); // levels cannot say it
        }
        for (int i = 0; i < count; i++) {
            block.set(ValueLayout.JAVA_BYTE, tile + SCALES + side.index(position, i), encoded[LEVELS + i]);
        }
    }

    private static boolean allFinite(float[] source, int at, int count) {
        boolean finite = true;
        for (int i = at; i < at + count; i++) {
            finite &= Float.isFinite(source[i]);
        }
        return finite;
    }

    @Override
    void get(KvSide side, int position, MemorySegment block, long tile, float[] target, int at, int count) {
        float scale = Float.float16ToFloat(block.get(StoredFloats.SHORT, scale(tile, position)));
        for (int i = 0; i < count; i++) {
            target[at + i] = block.get(ValueLayout.JAVA_BYTE, tile + SCALES + side.index(position, i)) * scale;
        }
    }

    private static long scale(long tile, int position) {
        return tile + (long) Short.BYTES * position;
    }

    @Override
    boolean plain() {
        return false;
    }

    @Override
    void widen(KvSide side, MemorySegment block, long tile, int rows, KvPanel panel, int at) {
        MemorySegment.copy(block, StoredFloats.SHORT, tile, panel.halves, 0, KvLayer.BLOCK);
        for (int i = 0; i < KvLayer.BLOCK; i++) {
            panel.scales[i] = Float.float16ToFloat(panel.halves[i]);
        }
        switch (side) {
            case KEYS -> Kernels.attention().scaleLanes(block, tile + SCALES, rows, panel.scales, panel.widened, at);
            case VALUES -> Kernels.attention().scaleRows(block, tile + SCALES, rows, panel.scales, panel.widened, at);
        }
    }
}
