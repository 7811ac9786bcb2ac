package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;
import static io.github.hanllama.quant.Q6KBlocks.GROUP;
import static io.github.hanllama.quant.Q6KBlocks.GROUPS;
import static io.github.hanllama.quant.Q6KBlocks.HALF;
import static io.github.hanllama.quant.Q6KBlocks.SIZE;

import java.util.Arrays;

/** Makes blocks of Q6_K: the scale of each group first, those in eight bits then, and the levels for them. */
final class Q6KEncoder extends BlockEncoder {
    private static final int LOWEST_SCALE = -128;
    private static final int HIGHEST_SCALE = 127;

    private final SymmetricSearch search = Kernels.symmetricSearch(GROUP, HALF);
    private final int[] levels = new int[SIZE];
    private final float[] weights = new float[SIZE];
    private final float[] scales = new float[GROUPS];

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        for (int i = 0; i < SIZE; i++) {
            weights[i] = x[at + i] * x[at + i];
        }
        encodeWeighted(x, at, block, to);
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        row.copy(column, weights);
        encodeWeighted(x, at, block, to);
    }

    private void encodeWeighted(float[] x, int at, byte[] block, int to) {
        search.search(x, at, weights, levels, scales);
        float extreme = BlockBytes.extreme(scales, 0, GROUPS);
        if (Math.abs(extreme) < SymmetricSearch.NOTHING) {
            Arrays.fill(block, to, to + DType.Q6_K.blockBytes(), (byte) 0);
            return;
        }
        float inverse = LOWEST_SCALE / extreme;
        BlockBytes.putHalf(block, to + Q6KBlocks.SCALE, 1 / inverse);
        for (int group = 0; group < GROUPS; group++) {
            int level = Math.min(HIGHEST_SCALE, nearestEven(inverse * scales[group]));
            block[to + Q6KBlocks.SCALES + group] = (byte) level;
            float scale = Q6KBlocks.scale(block, to, group);
            if (scale != 0) { // without a scale a group keeps the levels of the search
                requantize(x, at + group * GROUP, scale, group * GROUP);
            }
        }
        putLowBits(block, to);
        BlockBytes.putPairsOfBits(levels, 4, block, to + Q6KBlocks.HIGH_BITS);
    }

    private void requantize(float[] x, int at, float scale, int first) {
        for (int i = 0; i < GROUP; i++) {
            levels[first + i] = Math.clamp(nearestEven(x[at + i] / scale), -HALF, HALF - 1) + HALF;
        }
    }

    private void putLowBits(byte[] block, int to) {
        for (int half = 0; half < SIZE; half += 128) {
            for (int i = 0; i < 64; i++) {
                block[to + half / 2 + i] = (byte) (levels[half + i] & 15 | levels[half + 64 + i] << 4);
            }
        }
    }
}
