package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.PackedMatrix.TILE;

/** Arrays in the first-level cache between the {@link SimdRun.Stage stages} of a run. Belongs to one thread. */
final class SimdScratch {
    private static final ThreadLocal<SimdScratch> OWN = ThreadLocal.withInitial(SimdScratch::new);

    private static final int GROUPS = SimdRun.UNPACKED_BLOCKS * SimdRun.GROUPS_OF_BLOCK;
    /** Most units of a run for one token: those of 256 columns. */
    private static final int UNITS = SimdRun.BLOCKS * BLOCK / 256;

    final float[] scales = new float[GROUPS * ROWS]; // (groups or blocks, 32)
    final float[] offsets = new float[scales.length];
    final float[] unitScales = new float[UNITS * 2 * ROWS]; // (units, 32) or, with offsets, (units, 2, 32)
    final int[] wordDots = new int[SimdRun.BYTE_BLOCKS * Byte.SIZE * TokenTiles.TILE * ROWS]; // (words, 4, 32)
    final short[] levels = new short[SimdRun.UNPACKED_BLOCKS * LevelBits.STEPS * 2 * ROWS]; // (steps, 64)
    final short[] products = new short
            [SimdRun.UNPACKED_BLOCKS * SimdRun.GROUPS_OF_BLOCK * TokenTiles.TILE * 2 * ROWS]; // (groups, 4, 64)
    final short[] tileDots = new short
            [QuantizedTokens.PANEL / BLOCK * 2 * TokenTiles.TILE * 2 * ROWS]; // of groups, two vectors and four tokens
    final short[] columns = new short[QuantizedTokens.PANEL * TILE]; // as SimdTile says

    private SimdScratch() {}

    /** The calling thread's. */
    static SimdScratch own() {
        return OWN.get();
    }
}
