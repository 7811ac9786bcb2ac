package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;
import static io.github.hanllama.quant.BlockLayout.WORD;
import static io.github.hanllama.quant.SimdSpecies.FLOAT;
import static io.github.hanllama.quant.SimdSpecies.INT;
import static io.github.hanllama.quant.SimdSpecies.LANES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Products of one token in f32 with a vector of rows, straight from memory, block by block: of a prompt's last token, which has logits. */
final class SimdOneToken {
    private SimdOneToken() {}

    /** Levels of eight bits. */
    static void addBytes(BlockStrip strip, float[] x, float[] sums, int sumsAt) {
        for (int row = 0; row < ROWS; row += LANES) {
            addBytes(strip, strip.levelsAt(0) + 4 * row, strip.scalesAt(0) + 2 * row, x, sums, sumsAt + row);
        }
    }

    private static void addBytes(BlockStrip strip, long levels, long scales, float[] x, float[] sums, int sumsAt) {
        MemorySegment w = strip.weights();
        int blocks = strip.blocks();
        long step = strip.layout().blockBytes();
        FloatVector sum = FloatVector.fromArray(FLOAT, sums, sumsAt);
        for (int block = 0; block < blocks; block++) {
            FloatVector scale = SimdHalfFloats.widenF16(w, scales + block * step);
            FloatVector part = FloatVector.zero(FLOAT);
            long from = levels + block * step;
            for (int i = 0; i < 8; i++) {
                IntVector words = words(w, from + i * WORD);
                for (int j = 0; j < 4; j++) {
                    FloatVector factor = FloatVector.broadcast(FLOAT, x[block * BLOCK + 4 * i + j]);
                    part = level(words, j).mul(scale).fma(factor, part);
                }
            }
            sum = sum.add(part);
        }
        sum.intoArray(sums, sumsAt);
    }

    /** One of the four bytes of each word. */
    private static FloatVector level(IntVector words, int index) {
        return (FloatVector)
                words.lanewise(LSHL, 24 - 8 * index).lanewise(ASHR, 24).convert(I2F, 0);
    }

    /** Levels of six bits, which lie as {@link SimdFirstTokens#addSixes} says. */
    static void addSixes(BlockStrip strip, SimdScratch scratch, float[] x, float[] sums, int sumsAt) {
        MemorySegment w = strip.weights();
        int middle = strip.layout().middle();
        for (int block = 0; block < strip.blocks(); block++) {
            SimdScales.block(strip, block, scratch);
            long levels = strip.levelsAt(block);
            for (int row = 0; row < ROWS; row += LANES) {
                addSixes(w, levels + 4 * row, middle, scratch.scales, row, x, block * BLOCK, sums, sumsAt + row);
            }
        }
    }

    private static void addSixes(
            MemorySegment w,
            long at,
            int middle,
            float[] scales,
            int scaleAt,
            float[] x,
            int xAt,
            float[] sums,
            int sumsAt) {
        FloatVector part = FloatVector.zero(FLOAT);
        FloatVector least = FloatVector.broadcast(FLOAT, SimdFirstTokens.MANTISSA + middle);
        for (int half = 0; half < 2; half++) {
            FloatVector scale = FloatVector.fromArray(FLOAT, scales, scaleAt + half * ROWS);
            long p = at + half * 3 * WORD;
            int q = xAt + half * BLOCK / 2;
            for (int k = 0; k < 6; k++) {
                IntVector words = words(w, p + (long) (k >> 1) * WORD).lanewise(LSHR, (k & 1) << 4);
                part = words.and(63)
                        .or(SimdFirstTokens.EXPONENT)
                        .reinterpretAsFloats()
                        .sub(least)
                        .mul(scale)
                        .fma(FloatVector.broadcast(FLOAT, x[q + 2 * k]), part);
                part = words.lanewise(LSHR, 6)
                        .and(63)
                        .or(SimdFirstTokens.EXPONENT)
                        .reinterpretAsFloats()
                        .sub(least)
                        .mul(scale)
                        .fma(FloatVector.broadcast(FLOAT, x[q + 2 * k + 1]), part);
            }
            for (int k = 0; k < 4; k++) {
                int shift = 12 + (k >> 1 << 4);
                IntVector low =
                        words(w, p + (k & 1) * WORD).lanewise(LSHR, shift).and(15);
                IntVector high = words(w, p + 2 * WORD)
                        .lanewise(LSHR, shift - 4 + (k & 1) * 2)
                        .and(48);
                part = low.or(high)
                        .or(SimdFirstTokens.EXPONENT)
                        .reinterpretAsFloats()
                        .sub(least)
                        .mul(scale)
                        .fma(FloatVector.broadcast(FLOAT, x[q + 12 + k]), part);
            }
        }
        FloatVector.fromArray(FLOAT, sums, sumsAt).add(part).intoArray(sums, sumsAt);
    }

    private static IntVector words(MemorySegment w, long at) {
        return IntVector.fromMemorySegment(INT, w, at, ByteOrder.LITTLE_ENDIAN);
    }
}
