package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Four vectors of rows of a {@link WeightPanel} (two, where registers are few) by four tokens: where prompts spend their
 * time.
 *
 * <p>Written out for the reasons that {@link SimdRun.Stage} gives. One loop to a method and one column to a turn: with two of
 * either, C2 keeps addresses in vector registers for want of others.
 */
final class SimdParts {
    /** From the first of four vectors of rows in a panel to the third, which may be in the other strip. */
    private static final int THIRD = 2 * LANES == STRIP ? WeightPanel.APART : 2 * LANES;

    private SimdParts() {}

    /** @param from where the panel has the first row and column */
    static void addFourByFour(float[] panel, int from, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero, c0 = zero, d0 = zero;
        FloatVector a1 = zero, b1 = zero, c1 = zero, d1 = zero;
        FloatVector a2 = zero, b2 = zero, c2 = zero, d2 = zero;
        FloatVector a3 = zero, b3 = zero, c3 = zero, d3 = zero;
        for (int k = 0; k < depth; k++) {
            int p = from + k * STRIP;
            int q = xAt + TokenTiles.TILE * k;
            FloatVector a = FloatVector.fromArray(FLOAT, panel, p),
                    b = FloatVector.fromArray(FLOAT, panel, p + LANES),
                    c = FloatVector.fromArray(FLOAT, panel, p + THIRD),
                    d = FloatVector.fromArray(FLOAT, panel, p + THIRD + LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            c0 = c.fma(factor, c0);
            d0 = d.fma(factor, d0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            c1 = c.fma(factor, c1);
            d1 = d.fma(factor, d1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            c2 = c.fma(factor, c2);
            d2 = d.fma(factor, d2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
            c3 = c.fma(factor, c3);
            d3 = d.fma(factor, d3);
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, sumsAt + 2 * LANES).add(c0).intoArray(sums, sumsAt + 2 * LANES);
        FloatVector.fromArray(FLOAT, sums, sumsAt + 3 * LANES).add(d0).intoArray(sums, sumsAt + 3 * LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s1 + 2 * LANES).add(c1).intoArray(sums, s1 + 2 * LANES);
        FloatVector.fromArray(FLOAT, sums, s1 + 3 * LANES).add(d1).intoArray(sums, s1 + 3 * LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2 + 2 * LANES).add(c2).intoArray(sums, s2 + 2 * LANES);
        FloatVector.fromArray(FLOAT, sums, s2 + 3 * LANES).add(d2).intoArray(sums, s2 + 3 * LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3 + 2 * LANES).add(c3).intoArray(sums, s3 + 2 * LANES);
        FloatVector.fromArray(FLOAT, sums, s3 + 3 * LANES).add(d3).intoArray(sums, s3 + 3 * LANES);
    }

    static void addTwoByFour(float[] panel, int from, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOAT);
        FloatVector a0 = zero, b0 = zero;
        FloatVector a1 = zero, b1 = zero;
        FloatVector a2 = zero, b2 = zero;
        FloatVector a3 = zero, b3 = zero;
        for (int k = 0; k < depth; k++) {
            int p = from + k * STRIP;
            int q = xAt + TokenTiles.TILE * k;
            FloatVector a = FloatVector.fromArray(FLOAT, panel, p), b = FloatVector.fromArray(FLOAT, panel, p + LANES);
            FloatVector factor = FloatVector.broadcast(FLOAT, x[q]);
            a0 = a.fma(factor, a0);
            b0 = b.fma(factor, b0);
            factor = FloatVector.broadcast(FLOAT, x[q + 1]);
            a1 = a.fma(factor, a1);
            b1 = b.fma(factor, b1);
            factor = FloatVector.broadcast(FLOAT, x[q + 2]);
            a2 = a.fma(factor, a2);
            b2 = b.fma(factor, b2);
            factor = FloatVector.broadcast(FLOAT, x[q + 3]);
            a3 = a.fma(factor, a3);
            b3 = b.fma(factor, b3);
        }
        int s1 = sumsAt + TILE, s2 = s1 + TILE, s3 = s2 + TILE;
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(a0).intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOAT, sums, sumsAt + LANES).add(b0).intoArray(sums, sumsAt + LANES);
        FloatVector.fromArray(FLOAT, sums, s1).add(a1).intoArray(sums, s1);
        FloatVector.fromArray(FLOAT, sums, s1 + LANES).add(b1).intoArray(sums, s1 + LANES);
        FloatVector.fromArray(FLOAT, sums, s2).add(a2).intoArray(sums, s2);
        FloatVector.fromArray(FLOAT, sums, s2 + LANES).add(b2).intoArray(sums, s2 + LANES);
        FloatVector.fromArray(FLOAT, sums, s3).add(a3).intoArray(sums, s3);
        FloatVector.fromArray(FLOAT, sums, s3 + LANES).add(b3).intoArray(sums, s3 + LANES);
    }
}
