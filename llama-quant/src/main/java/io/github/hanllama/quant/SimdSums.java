package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockKernel.PAIR;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Stages that scale integer products and add them up, group by group. */
final class SimdSums {
    /** Sums of 16 bits from group to group, and from token to token. */
    private static final int TOKEN_PRODUCTS = 2 * PAIR;

    private static final int GROUP_PRODUCTS = TokenTiles.TILE * TOKEN_PRODUCTS;

    private SimdSums() {}

    /** One token. */
    static void one(SimdRun run) {
        int shift = run.groupShift();
        for (int row = 0; row < PAIR; row += LANES) {
            FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, run.sumsAt + row);
            one(run.x.scales, run.block, run.groups(), shift, run.halfDots, run.scales, row, sum)
                    .intoArray(run.sums, run.sumsAt + row);
        }
    }

    private static FloatVector one(
            float[] xScales, int block, int groups, int shift, short[] dots, float[] scales, int row, FloatVector sum) {
        for (int group = 0; group < groups; group++) {
            int at = group * PAIR + row;
            FloatVector scale = FloatVector.fromArray(FLOAT, scales, at).mul(xScales[block + (group >> shift)]);
            sum = floats(dot(dots, at)).fma(scale, sum);
        }
        return sum;
    }

    /** One token, levels of eight bits. */
    static void oneOfBytes(SimdRun run) {
        for (int row = 0; row < PAIR; row += LANES) {
            FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, run.sumsAt + row);
            oneOfBytes(run.x.scales, run.block, run.blocks, run.dots, run.scales, row, sum)
                    .intoArray(run.sums, run.sumsAt + row);
        }
    }

    private static FloatVector oneOfBytes(
            float[] xScales, int first, int blocks, int[] dots, float[] scales, int row, FloatVector sum) {
        for (int block = 0; block < blocks; block++) {
            int at = block * PAIR + row;
            FloatVector scale = FloatVector.fromArray(FLOAT, scales, at).mul(xScales[first + block]);
            sum = floats(IntVector.fromArray(INT, dots, at)).fma(scale, sum);
        }
        return sum;
    }

    /** One token, where there are offsets. */
    static void oneAffine(SimdRun run) {
        int halves = 2 / run.groupsOfBlock();
        int middle = run.layout().middle();
        int groups = run.groups();
        QuantizedTokens x = run.x;
        for (int row = 0; row < PAIR; row += LANES) {
            FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, run.sumsAt + row);
            for (int group = 0; group < groups; group++) {
                int half = 2 * run.block + group * halves;
                int levels = x.sum(half, halves);
                float xScale = x.scales[half / 2];
                int at = group * PAIR + row;
                FloatVector scale = FloatVector.fromArray(FLOAT, run.scales, at).mul(xScale);
                FloatVector offset = FloatVector.fromArray(FLOAT, run.offsets, at);
                sum = floats(dot(run.halfDots, at).add(middle * levels)).fma(scale, sum);
                sum = offset.fma(FloatVector.broadcast(FLOAT, xScale * levels), sum);
            }
            sum.intoArray(run.sums, run.sumsAt + row);
        }
    }

    /** Four tokens and two strips. */
    static void tile(SimdRun run) {
        int shift = run.groupShift();
        int groups = run.groups();
        for (int i = 0; i < TokenTiles.TILE; i++) {
            int xAt = (run.token + i) * run.x.blocks() + run.block;
            for (int row = 0; row < PAIR; row += LANES) {
                int to = (run.token + i) * PAIR + row;
                int from = i * TOKEN_PRODUCTS + 2 * row;
                FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, to);
                tile(run.x.scales, xAt, groups, shift, run.products, from, run.scales, row, sum)
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
                    FloatVector.fromArray(FLOAT, scales, group * PAIR + row).mul(xScales[xAt + (group >> shift)]);
            sum = floats(SimdDots.fold(product)).fma(scale, sum);
        }
        return sum;
    }

    /** Four tokens and two strips, where there are offsets. */
    static void tileAffine(SimdRun run) {
        int halves = 2 / run.groupsOfBlock();
        int middle = run.layout().middle();
        int groups = run.groups();
        QuantizedTokens x = run.x;
        for (int i = 0; i < TokenTiles.TILE; i++) {
            int first = 2 * ((run.token + i) * x.blocks() + run.block);
            for (int row = 0; row < PAIR; row += LANES) {
                int to = (run.token + i) * PAIR + row;
                int from = i * TOKEN_PRODUCTS + 2 * row;
                FloatVector sum = FloatVector.fromArray(FLOAT, run.sums, to);
                for (int group = 0; group < groups; group++) {
                    int levels = x.sum(first + group * halves, halves);
                    float xScale = x.scales[(first + group * halves) / 2];
                    ShortVector product = ShortVector.fromArray(SHORT, run.products, from + group * GROUP_PRODUCTS);
                    int at = group * PAIR + row;
                    FloatVector scale =
                            FloatVector.fromArray(FLOAT, run.scales, at).mul(xScale);
                    FloatVector offset = FloatVector.fromArray(FLOAT, run.offsets, at);
                    sum = floats(SimdDots.fold(product).add(middle * levels)).fma(scale, sum);
                    sum = offset.fma(FloatVector.broadcast(FLOAT, xScale * levels), sum);
                }
                sum.intoArray(run.sums, to);
            }
        }
    }

    private static IntVector dot(short[] halfDots, int at) {
        return SimdDots.fold(ShortVector.fromArray(SHORT, halfDots, 2 * at));
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
