package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Scales integer products and adds them up, group by group. */
final class SimdSums {
    private static final int PAIR = BlockKernel.PAIR;

    private SimdSums() {}

    /**
     * One token.
     *
     * @param dots (groups, 16), as scales and offsets
     */
    static void addOne(
            BlockLayout layout,
            int block,
            int blocks,
            QuantizedTokens x,
            int[] dots,
            float[] scales,
            float[] offsets,
            float[] sums,
            int sumsAt) {
        int perBlock = BLOCK / layout.group();
        int groups = blocks * perBlock;
        for (int row = 0; row < ROWS; row += LANES) {
            if (layout.offsets()) {
                addOneAffine(
                        x, block, groups, perBlock, layout.middle(), dots, scales, offsets, row, sums, sumsAt + row);
            } else {
                addOne(x, block, groups, perBlock, dots, scales, row, sums, sumsAt + row);
            }
        }
    }

    private static void addOne(
            QuantizedTokens x,
            int block,
            int groups,
            int perBlock,
            int[] dots,
            float[] scales,
            int row,
            float[] sums,
            int to) {
        FloatVector sum = FloatVector.fromArray(FLOAT, sums, to);
        float[] xScales = x.scales;
        for (int group = 0; group < groups; group++) {
            int at = group * ROWS + row;
            FloatVector scale = FloatVector.fromArray(FLOAT, scales, at).mul(xScales[block + group / perBlock]);
            sum = floats(IntVector.fromArray(INT, dots, at)).fma(scale, sum);
        }
        sum.intoArray(sums, to);
    }

    private static void addOneAffine(
            QuantizedTokens x,
            int block,
            int groups,
            int perBlock,
            int middle,
            int[] dots,
            float[] scales,
            float[] offsets,
            int row,
            float[] sums,
            int to) {
        FloatVector sum = FloatVector.fromArray(FLOAT, sums, to);
        int halves = 2 / perBlock;
        for (int group = 0; group < groups; group++) {
            int at = group * ROWS + row;
            int levels = x.sum(0, 2 * block + group * halves, halves);
            float xScale = x.scales[block + group / perBlock];
            IntVector dot = IntVector.fromArray(INT, dots, at).add(middle * levels);
            sum = floats(dot).fma(FloatVector.fromArray(FLOAT, scales, at).mul(xScale), sum);
            sum = FloatVector.fromArray(FLOAT, offsets, at).fma(FloatVector.broadcast(FLOAT, xScale * levels), sum);
        }
        sum.intoArray(sums, to);
    }

    /**
     * Four tokens and two strips.
     *
     * @param products (groups, 4, 64), as {@link SimdDots#tile} leaves them
     * @param scales (groups, 32), as offsets
     */
    static void addTile(
            BlockLayout layout,
            int block,
            int blocks,
            QuantizedTokens x,
            int token,
            short[] products,
            float[] scales,
            float[] offsets,
            float[] sums) {
        int perBlock = BLOCK / layout.group();
        int groups = blocks * perBlock;
        for (int i = 0; i < TokenTiles.TILE; i++) {
            int xAt = (token + i) * x.blocks() + block;
            for (int row = 0; row < PAIR; row += LANES) {
                int from = i * 2 * PAIR + 2 * row;
                int to = (token + i) * PAIR + row;
                if (layout.offsets()) {
                    addAffine(
                            x, xAt, groups, perBlock, layout.middle(), products, from, scales, offsets, row, sums, to);
                } else {
                    add(x.scales, xAt, groups, perBlock, products, from, scales, row, sums, to);
                }
            }
        }
    }

    private static void add(
            float[] xScales,
            int xAt,
            int groups,
            int perBlock,
            short[] products,
            int from,
            float[] scales,
            int row,
            float[] sums,
            int to) {
        FloatVector sum = FloatVector.fromArray(FLOAT, sums, to);
        for (int group = 0; group < groups; group++) {
            ShortVector product = ShortVector.fromArray(SHORT, products, from + group * TokenTiles.TILE * 2 * PAIR);
            FloatVector scale =
                    FloatVector.fromArray(FLOAT, scales, group * PAIR + row).mul(xScales[xAt + group / perBlock]);
            sum = floats(SimdDots.fold(product)).fma(scale, sum);
        }
        sum.intoArray(sums, to);
    }

    private static void addAffine(
            QuantizedTokens x,
            int xAt,
            int groups,
            int perBlock,
            int middle,
            short[] products,
            int from,
            float[] scales,
            float[] offsets,
            int row,
            float[] sums,
            int to) {
        FloatVector sum = FloatVector.fromArray(FLOAT, sums, to);
        int halves = 2 / perBlock;
        for (int group = 0; group < groups; group++) {
            int at = group * PAIR + row;
            int levels = x.sum(0, 2 * xAt + group * halves, halves);
            float xScale = x.scales[xAt + group / perBlock];
            ShortVector product = ShortVector.fromArray(SHORT, products, from + group * TokenTiles.TILE * 2 * PAIR);
            IntVector dot = SimdDots.fold(product).add(middle * levels);
            sum = floats(dot).fma(FloatVector.fromArray(FLOAT, scales, at).mul(xScale), sum);
            sum = FloatVector.fromArray(FLOAT, offsets, at).fma(FloatVector.broadcast(FLOAT, xScale * levels), sum);
        }
        sum.intoArray(sums, to);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
