package io.github.hanllama.quant;

import static io.github.hanllama.quant.PackedMatrix.STRIP;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * One token by {@link SimdPlainRows} and the first of many by {@link SimdFirstTokens}, straight from memory; a {@link WeightPanel} by the
 * others.
 *
 * <p>Beyond some 60 vector operations in a method and those inlined into it, loads from segments counting several times, C2
 * stops inlining methods of ours and boxes the vectors: ten to a hundred times slower. Hence none is called in the loops of
 * {@link SimdPlainRows}, {@link SimdHalfRows} and {@link SimdParts}, and little in those of {@link SimdFirstTokens}.
 */
final class SimdMatrixKernel implements MatrixKernel {
    /** 16 sums, 4 weights and a factor need more than the 16 registers of AVX2. */
    private static final boolean WIDE =
            SimdHardware.preferredBits() == 512 || System.getProperty("os.arch").equals("aarch64");

    /** Whether two vectors are a column of a strip. */
    private static final boolean COLUMN = 2 * LANES == STRIP;

    private final boolean subnormals;

    /** @param subnormals whether the processor takes numbers that are subnormal in f32 as fast as others */
    SimdMatrixKernel(boolean subnormals) {
        this.subnormals = subnormals;
    }

    @Override
    public void addOne(DType type, MemorySegment weights, long at, long apart, float[] x, int columns, float[] sums) {
        boolean low = type == DType.F16 && subnormals && !SimdHalfRows.large(x, columns);
        SimdPlainRows.add(type, weights, at, apart, x, columns, sums, low);
    }

    @Override
    public void addFirst(
            DType type,
            MemorySegment weights,
            long at,
            long apart,
            int depth,
            float[] panel,
            int column,
            float[] x,
            int xAt,
            float[] sums) {
        if (type == DType.F16 && subnormals && COLUMN) {
            int to = WeightPanel.at(0, column);
            if (SimdFirstTokens.addLow(weights, at, apart, depth, panel, to, x, xAt, sums)) {
                return;
            }
        }
        for (int row = 0; row < TILE; row += 2 * LANES) {
            long from = at + row / STRIP * apart + type.bytes(row % STRIP);
            int to = WeightPanel.at(row, column);
            switch (type) {
                case F16 -> SimdFirstTokens.addF16(weights, from, depth, panel, to, x, xAt, sums, row);
                case BF16 -> SimdFirstTokens.addBf16(weights, from, depth, panel, to, x, xAt, sums, row);
                default -> SimdFirstTokens.addF32(weights, from, depth, panel, to, x, xAt, sums, row);
            }
        }
    }

    @Override
    public void addPart(float[] panel, int column, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int row = 0; row < TILE; row += WIDE ? 4 * LANES : 2 * LANES) {
            int from = WeightPanel.at(row, column);
            if (WIDE) {
                SimdParts.addFourByFour(panel, from, depth, x, xAt, sums, sumsAt + row);
            } else {
                SimdParts.addTwoByFour(panel, from, depth, x, xAt, sums, sumsAt + row);
            }
        }
    }

    @Override
    public void addRow(float[] panel, int depth, float[] x, int xAt, float[] sums) {
        for (int row = 0; row < TILE; row += 2 * LANES) {
            FloatVector a = zero(), b = zero();
            for (int k = 0; k < depth; k++) {
                int p = WeightPanel.at(row, k);
                FloatVector factor = FloatVector.broadcast(FLOAT, x[xAt + k]);
                a = FloatVector.fromArray(FLOAT, panel, p).fma(factor, a);
                b = FloatVector.fromArray(FLOAT, panel, p + LANES).fma(factor, b);
            }
            addTo(sums, row, a);
            addTo(sums, row + LANES, b);
        }
    }

    private static FloatVector zero() {
        return FloatVector.zero(FLOAT);
    }

    private static void addTo(float[] sums, int at, FloatVector part) {
        FloatVector.fromArray(FLOAT, sums, at).add(part).intoArray(sums, at);
    }
}
