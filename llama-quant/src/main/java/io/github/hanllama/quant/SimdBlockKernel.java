package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.VECTOR;
import static io.github.hanllama.quant.LevelBits.APART;
import static io.github.hanllama.quant.LevelBits.STEPS;
import static io.github.hanllama.quant.PackedMatrix.TILE;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static io.github.hanllama.quant.SimdSpecies.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A product in stages through small arrays in the first-level cache: integer products of a run of blocks, scales as f32,
 * then both together. Each stage is short enough that C2 inlines all its vector operations.
 */
final class SimdBlockKernel implements BlockKernel {
    /** Blocks of a run for one token, and for many, where their levels are unpacked. */
    private static final int RUN = 32;

    private static final int SHORT_RUN = 8;
    /** At most so many groups of columns share a block. */
    private static final int GROUPS = 2;

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private static final class Scratch {
        private final int[] dots = new int[RUN * GROUPS * ROWS];
        private final float[] scales = new float[RUN * GROUPS * ROWS];
        private final float[] offsets = new float[RUN * GROUPS * ROWS];
        private final short[] levels = new short[SHORT_RUN * STEPS * 2 * PAIR];
        private final short[] products = new short[SHORT_RUN * GROUPS * TokenTiles.TILE * 2 * PAIR];
    }

    @Override
    public void widen(BlockStrip strip, int block, float[] panel, int at) {
        if (strip.layout().bits() == Byte.SIZE) {
            widenBytes(strip, block, panel, at);
            return;
        }
        Scratch scratch = SCRATCH.get();
        BlockLayout layout = strip.layout();
        int minus = layout.offsets() ? 0 : layout.middle();
        SimdLevels.unpack(layout.bits(), minus, strip.weights(), strip.levelsAt(block), scratch.levels, 0, 2 * ROWS);
        int unitBlocks = layout.unit() / BLOCK;
        int first = block - block % unitBlocks;
        SimdScales.read(strip, first, unitBlocks, scratch.scales, scratch.offsets, 0, ROWS);
        int group = (block - first) * BLOCK / layout.group();
        for (int row = 0; row < ROWS; row += LANES) {
            for (int half = 0; half < 2; half++) {
                int scaleAt = (group + half * BLOCK / 2 / layout.group()) * ROWS + row;
                FloatVector scale = FloatVector.fromArray(FLOAT, scratch.scales, scaleAt);
                if (layout.offsets()) {
                    FloatVector offset = FloatVector.fromArray(FLOAT, scratch.offsets, scaleAt);
                    widenAffine(scratch.levels, half, row, scale, offset, panel, at + row);
                } else {
                    widenSymmetric(scratch.levels, half, row, scale, panel, at + row);
                }
            }
        }
    }

    private static void widenSymmetric(short[] levels, int half, int row, FloatVector scale, float[] panel, int at) {
        for (int step = half * 8; step < half * 8 + 8; step++) {
            IntVector pair = pair(levels, step * 2 * ROWS + 2 * row);
            int to = at + LevelBits.column(step) * TILE;
            lower(pair).mul(scale).intoArray(panel, to);
            upper(pair).mul(scale).intoArray(panel, to + APART * TILE);
        }
    }

    private static void widenAffine(
            short[] levels, int half, int row, FloatVector scale, FloatVector offset, float[] panel, int at) {
        for (int step = half * 8; step < half * 8 + 8; step++) {
            IntVector pair = pair(levels, step * 2 * ROWS + 2 * row);
            int to = at + LevelBits.column(step) * TILE;
            lower(pair).mul(scale).add(offset).intoArray(panel, to);
            upper(pair).mul(scale).add(offset).intoArray(panel, to + APART * TILE);
        }
    }

    private static void widenBytes(BlockStrip strip, int block, float[] panel, int at) {
        for (int row = 0; row < ROWS; row += LANES) {
            FloatVector scale = SimdHalfFloats.widenF16(strip.weights(), strip.scalesAt(block) + 2 * row);
            long from = strip.levelsAt(block) + 4 * row;
            for (int i = 0; i < BLOCK / 4; i++) {
                IntVector words = ints(strip.weights(), from + i * VECTOR);
                for (int j = 0; j < 4; j++) {
                    bytes(words, j).mul(scale).intoArray(panel, at + row + (4 * i + j) * TILE);
                }
            }
        }
    }

    @Override
    public void addBytes(BlockStrip strip, float[] x, float[] sums, int sumsAt) {
        for (int row = 0; row < ROWS; row += LANES) {
            long levels = strip.levelsAt(0) + 4 * row;
            long scales = strip.scalesAt(0) + 2 * row;
            addBytes(strip.weights(), levels, scales, strip.blocks(), x, sums, sumsAt + row);
        }
    }

    private static void addBytes(
            MemorySegment w, long levels, long scales, int blocks, float[] x, float[] sums, int sumsAt) {
        FloatVector sum = FloatVector.fromArray(FLOAT, sums, sumsAt);
        for (int block = 0; block < blocks; block++) {
            FloatVector scale = SimdHalfFloats.widenF16(w, scales + block * 2L * ROWS);
            FloatVector part = FloatVector.zero(FLOAT);
            long from = levels + block * 8L * VECTOR;
            int k = block * BLOCK;
            for (int i = 0; i < 8; i++) {
                IntVector words = ints(w, from + i * VECTOR);
                part = bytes(words, 0).mul(scale).fma(FloatVector.broadcast(FLOAT, x[k + 4 * i]), part);
                part = bytes(words, 1).mul(scale).fma(FloatVector.broadcast(FLOAT, x[k + 4 * i + 1]), part);
                part = bytes(words, 2).mul(scale).fma(FloatVector.broadcast(FLOAT, x[k + 4 * i + 2]), part);
                part = bytes(words, 3).mul(scale).fma(FloatVector.broadcast(FLOAT, x[k + 4 * i + 3]), part);
            }
            sum = sum.add(part);
        }
        sum.intoArray(sums, sumsAt);
    }

    @Override
    public void addOne(BlockStrip strip, QuantizedTokens x, float[] sums, int sumsAt) {
        Scratch scratch = SCRATCH.get();
        for (int block = 0; block < strip.blocks(); block += RUN) {
            int blocks = Math.min(RUN, strip.blocks() - block);
            SimdScales.read(strip, block, blocks, scratch.scales, scratch.offsets, 0, ROWS);
            SimdDots.one(strip, block, blocks, x, scratch.levels, scratch.dots);
            SimdSums.addOne(
                    strip.layout(), block, blocks, x, scratch.dots, scratch.scales, scratch.offsets, sums, sumsAt);
        }
    }

    @Override
    public void addMany(BlockStrip first, BlockStrip second, QuantizedTokens x, float[] sums) {
        Scratch scratch = SCRATCH.get();
        for (int block = 0; block < first.blocks(); block += SHORT_RUN) {
            int blocks = Math.min(SHORT_RUN, first.blocks() - block);
            prepare(first, block, blocks, scratch, 0);
            prepare(second, block, blocks, scratch, ROWS);
            for (int token = 0; token < x.tokens; token += TokenTiles.TILE) {
                int group = first.layout().group();
                int pairs = x.pairsAt(token) + block * STEPS * TokenTiles.TILE;
                SimdDots.tile(scratch.levels, blocks * BLOCK / group, group / 2, x.pairs, pairs, scratch.products);
                SimdSums.addTile(
                        first.layout(),
                        block,
                        blocks,
                        x,
                        token,
                        scratch.products,
                        scratch.scales,
                        scratch.offsets,
                        sums);
            }
        }
    }

    private static void prepare(BlockStrip strip, int block, int blocks, Scratch scratch, int row) {
        BlockLayout layout = strip.layout();
        SimdScales.read(strip, block, blocks, scratch.scales, scratch.offsets, row, PAIR);
        for (int i = 0; i < blocks; i++) {
            SimdLevels.unpack(
                    layout.bits(),
                    layout.middle(),
                    strip.weights(),
                    strip.levelsAt(block + i),
                    scratch.levels,
                    i * STEPS * 2 * PAIR + 2 * row,
                    2 * PAIR);
        }
    }

    @Override
    public float quantize(float[] x, int at, int[] levels) {
        FloatVector most = FloatVector.zero(FLOAT);
        for (int k = 0; k < BLOCK; k += LANES) {
            most = most.max(FloatVector.fromArray(FLOAT, x, at + k).abs());
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        float inverse = largest < QuantizedTokens.SMALLEST ? 0 : QuantizedTokens.TOP / largest;
        for (int k = 0; k < BLOCK; k += LANES) {
            FloatVector rounded =
                    FloatVector.fromArray(FLOAT, x, at + k).mul(inverse).add(QuantizedTokens.TO_MANTISSA);
            rounded.reinterpretAsInts()
                    .sub(Float.floatToRawIntBits(QuantizedTokens.TO_MANTISSA))
                    .intoArray(levels, k);
        }
        return QuantizedTokens.scale(largest);
    }

    private static IntVector ints(MemorySegment w, long at) {
        return IntVector.fromMemorySegment(INT, w, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static IntVector pair(short[] levels, int at) {
        return ShortVector.fromArray(SHORT, levels, at).reinterpretAsInts();
    }

    private static FloatVector lower(IntVector pair) {
        return floats(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
    }

    private static FloatVector upper(IntVector pair) {
        return floats(pair.lanewise(VectorOperators.ASHR, 16));
    }

    private static FloatVector bytes(IntVector words, int index) {
        return floats(words.lanewise(VectorOperators.LSHL, 24 - 8 * index).lanewise(VectorOperators.ASHR, 24));
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }
}
