package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Stages that scale integer products of four tokens and add them up, group by group. */
final class SimdSums {
    /** Sums of 16 bits from group to group, and from token to token. */
    private static final int TOKEN_PRODUCTS = 2 * ROWS;

    private static final int GROUP_PRODUCTS = TokenTiles.TILE * TOKEN_PRODUCTS;

    private SimdSums() {}

    /** Four tokens. */
    static void tile(SimdRun run) {
        int shift = run.groupShift();
        int groups = run.groups();
        for (int i = 0; i < TokenTiles.TILE; i++) {
            int xAt = (run.token + i) * run.x.blocks() + run.block;
            for (int row = 0; row < ROWS; row += LANES) {
                int to = run.sumsAt + (run.token + i) * ROWS + row;
                int from = i * TOKEN_PRODUCTS + 2 * row;
                FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, to);
                tile(run.x.scales, xAt, groups, shift, run.scratch.products, from, run.scratch.scales, row, sum)
                        .intoArray(run.sums, to);
            }
        }
    }

    private static FloatVector tile(
            float[] xScales,
            int xAt,
            int groups,
            int shift,
            short[] products,
            int from,
            float[] scales,
            int row,
            FloatVector sum) {
        for (int group = 0; group < groups; group++) {
            ShortVector product = ShortVector.fromArray(SHORT, products, from + group * GROUP_PRODUCTS);
            FloatVector scale =
                    FloatVector.fromArray(FLOAT, scales, group * ROWS + row).mul(xScales[xAt + (group >> shift)]);
            sum = floats(SimdDots.fold(product)).fma(scale, sum);
        }
        return sum;
    }

    /** Four tokens, where there are offsets. */
    static void tileAffine(SimdRun run) {
        int halves = 2 / run.groupsOfBlock;
        int middle = run.layout().middle();
        int groups = run.groups();
        QuantizedTokens x = run.x;
        for (int i = 0; i < TokenTiles.TILE; i++) {
            int first = 2 * ((run.token + i) * x.blocks() + run.block);
            for (int row = 0; row < ROWS; row += LANES) {
                int to = run.sumsAt + (run.token + i) * ROWS + row;
                int from = i * TOKEN_PRODUCTS + 2 * row;
                FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, to);
                for (int group = 0; group < groups; group++) {
                    int levels = x.sum(first + group * halves, halves);
                    float xScale = x.scales[(first + group * halves) / 2];
                    ShortVector product =
                            ShortVector.fromArray(SHORT, run.scratch.products, from + group * GROUP_PRODUCTS);
                    int at = group * ROWS + row;
                    FloatVector scale =
                            FloatVector.fromArray(FLOAT, run.scratch.scales, at).mul(xScale);
                    FloatVector offset = FloatVector.fromArray(FLOAT, run.scratch.offsets, at);
                    sum = floats(SimdDots.fold(product).add(middle * levels)).fma(scale, sum);
                    sum = offset.fma(FloatVector.broadcast(FLOAT, xScale * levels), sum);
                }
                sum.intoArray(run.sums, to);
            }
        }
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
