package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How the formats before GGUF stored Q4_0 and Q4_1: 32 levels of 4 bits, with a scale in f32 and, for Q4_1, the least value.
 * Levels lie in pairs of neighbours (2i in the low half of byte i) until ggjt 2, which put i and i + 16 together. The first
 * quantized files hold the scales of a whole row before its levels.
 *
 * <p>From {@code ggml_quantize_q4_0} and {@code ggml_quantize_q4_1} of llama.cpp in March 2023 (whole rows in
 * {@code quantize.cpp}, blocks in {@code utils.cpp} after it), {@code block_q4_0} and {@code block_q4_1} in {@code ggml.c} as
 * pull requests 1405 (ggjt 2) and 1508 (ggjt 3) changed them; sizes as in {@link GgmlVersion}'s sources.
 */
public enum GgmlBlocks {
    Q4_0_ROWS(false, true, true),
    Q4_1_ROWS(true, true, true),
    Q4_0_PAIRS(false, true, false),
    Q4_1_PAIRS(true, true, false),
    Q4_0_HALVES(false, false, false),
    Q4_1_HALVES(true, false, false);

    /** Levels of one block. */
    static final int SIZE = 32;

    private static final int LEVEL_BYTES = SIZE / 2;
    private static final int ZERO_LEVEL = 8;

    private final boolean affine;
    private final boolean pairs;
    private final boolean rows;

    GgmlBlocks(boolean affine, boolean pairs, boolean rows) {
        this.affine = affine;
        this.pairs = pairs;
        this.rows = rows;
    }

    /** @param type Q4_0 or Q4_1 */
    static GgmlBlocks of(GgmlVersion version, DType type, boolean rows) {
        boolean affine = type == DType.Q4_1;
        if (version == GgmlVersion.GGJT_2) {
            return affine ? Q4_1_HALVES : Q4_0_HALVES;
        }
        if (rows) {
            return affine ? Q4_1_ROWS : Q4_0_ROWS;
        }
        return affine ? Q4_1_PAIRS : Q4_0_PAIRS;
    }

    /** Bytes of a row of so many elements, which fill whole blocks. */
    public long rowBytes(long elements) {
        return elements / SIZE * (headBytes() + LEVEL_BYTES);
    }

    private int headBytes() {
        return affine ? 2 * Float.BYTES : Float.BYTES;
    }

    /** Reads the row that begins at byte {@code from} into {@code values[at..at + elements)}. */
    public void read(MemorySegment bytes, long from, int elements, float[] values, int at) {
        int blocks = elements / SIZE;
        for (int block = 0; block < blocks; block++) {
            float scale = bytes.get(GgufInput.FLOAT, from + scaleAt(block, blocks));
            float least = affine ? bytes.get(GgufInput.FLOAT, from + leastAt(block)) : -ZERO_LEVEL * scale;
            long levels = from + levelsAt(block, blocks);
            for (int i = 0; i < LEVEL_BYTES; i++) {
                int both = bytes.get(ValueLayout.JAVA_BYTE, levels + i);
                int low = at + block * SIZE + (pairs ? 2 * i : i);
                int high = low + (pairs ? 1 : LEVEL_BYTES);
                values[low] = value(both & 15, scale, least);
                values[high] = value(both >> 4 & 15, scale, least);
            }
        }
    }

    private float value(int level, float scale, float least) {
        return affine ? level * scale + least : (level - ZERO_LEVEL) * scale;
    }

    /** Where in a row the scale of a block is: before the least value, but in whole rows after all least values. */
    private long scaleAt(int block, int blocks) {
        int before = affine ? blocks : 0;
        return rows ? (long) (before + block) * Float.BYTES : (long) block * (headBytes() + LEVEL_BYTES);
    }

    private long leastAt(int block) {
        return rows ? (long) block * Float.BYTES : (long) block * (headBytes() + LEVEL_BYTES) + Float.BYTES;
    }

    private long levelsAt(int block, int blocks) {
        return rows
                ? (long) blocks * headBytes() + (long) block * LEVEL_BYTES
                : (long) block * (headBytes() + LEVEL_BYTES) + headBytes();
    }

    /** Whether every scale of a row could be one: of no magnitude that weights do not have. */
    boolean isPlausible(MemorySegment bytes, long from, long elements) {
        int blocks = (int) (elements / SIZE);
        for (int block = 0; block < blocks; block++) {
            float scale = Math.abs(bytes.get(GgufInput.FLOAT, from + scaleAt(block, blocks)));
            if (scale != 0 && !(scale > 1e-9f && scale < 1e3f)) {
                return false;
            }
        }
        return true;
    }
}
