package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockBytes.nearestEven;
import static io.github.hanllama.quant.Q3KBlocks.GROUP;
import static io.github.hanllama.quant.Q3KBlocks.GROUPS;
import static io.github.hanllama.quant.Q3KBlocks.HALF;
import static io.github.hanllama.quant.Q3KBlocks.HALF_SCALE;
import static io.github.hanllama.quant.Q3KBlocks.HIGH_BITS_BYTES;
import static io.github.hanllama.quant.Q3KBlocks.SIZE;

import java.util.Arrays;

/** Makes blocks of Q3_K: the scale of each group first, those in six bits then, and the levels for them. */
final class Q3KEncoder extends BlockEncoder {
    private final MovingSearch search = new MovingSearch(GROUP, HALF);
    private final SymmetricSearch weightedSearch = Kernels.symmetricSearch(GROUP, HALF);
    private final SymmetricSearch scaleSearch = new ScalarSymmetricSearch(GROUPS, HALF_SCALE);
    private final int[] levels = new int[SIZE];
    private final float[] weights = new float[SIZE];
    private final float[] scales = new float[GROUPS];
    private final float[] groupWeights = new float[GROUPS];
    private final int[] scaleLevels = new int[GROUPS];
    private final float[] scaleOfScales = new float[1];

    @Override
    void encode(float[] x, int at, byte[] block, int to) {
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = search.search(x, at + group * GROUP, levels, group * GROUP);
        }
        BlockBytes.putHalf(block, to + Q3KBlocks.SCALE, quantizeScales());
        finish(x, at, block, to);
    }

    @Override
    void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
        row.weigh(x, at, column, 2 * WeightedRow.meanSquare(x, at, SIZE), weights);
        WeightedRow.sum(weights, groupWeights);
        weightedSearch.search(x, at, weights, levels, scales);
        scaleSearch.search(scales, 0, groupWeights, scaleLevels, scaleOfScales);
        BlockBytes.putHalf(block, to + Q3KBlocks.SCALE, scaleOfScales[0]);
        finish(x, at, block, to);
    }

    private float quantizeScales() {
        float extreme = BlockBytes.extreme(scales, 0, GROUPS);
        if (extreme == 0) {
            Arrays.fill(scaleLevels, 0);
            return 0;
        }
        float inverse = -HALF_SCALE / extreme;
        for (int group = 0; group < GROUPS; group++) {
            int level = Math.clamp(nearestEven(inverse * scales[group]), -HALF_SCALE, HALF_SCALE - 1);
            scaleLevels[group] = level + HALF_SCALE;
        }
        return 1 / inverse;
    }

    private void finish(float[] x, int at, byte[] block, int to) {
        putScales(block, to);
        for (int group = 0; group < GROUPS; group++) {
            float scale = Q3KBlocks.scale(block, to, group);
            if (scale != 0) { // without a scale a group keeps the levels of the search
                requantize(x, at + group * GROUP, scale, group * GROUP);
            }
        }
        putHighBits(block, to);
        BlockBytes.putPairsOfBits(levels, 0, block, to + Q3KBlocks.LOW_BITS);
    }

    private void putScales(byte[] block, int to) {
        for (int i = 0; i < 8; i++) {
            block[to + Q3KBlocks.SCALES + i] = (byte) (scaleLevels[i] & 15 | scaleLevels[i + 8] << 4);
        }
        for (int i = 0; i < 4; i++) {
            block[to + Q3KBlocks.SCALES_HIGH + i] = (byte) (scaleLevels[i] >> 4
                    | scaleLevels[i + 4] >> 4 << 2
                    | scaleLevels[i + 8] >> 4 << 4
                    | scaleLevels[i + 12] >> 4 << 6);
        }
    }

    private void requantize(float[] x, int at, float scale, int first) {
        for (int i = 0; i < GROUP; i++) {
            levels[first + i] = Math.clamp(nearestEven(x[at + i] / scale), -HALF, HALF - 1) + HALF;
        }
    }

    private void putHighBits(byte[] block, int to) {
        for (int i = 0; i < HIGH_BITS_BYTES; i++) {
            int bits = 0;
            for (int bit = 0; bit < 8; bit++) {
                bits |= (levels[bit * HIGH_BITS_BYTES + i] >> 2) << bit;
            }
            block[to + i] = (byte) bits;
        }
    }
}
