package io.github.hanllama.quant;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Activations in {@link InputForm#INT8} and {@link InputForm#INT8_MANY}, laid out for the kernels: two levels of 16 bits to a
 * word, in the steps of {@link LevelBits}, or the same level twice. Threads may put different tokens at the same time.
 *
 * <p>A block of 32 has the scale {@code largest / 127} and levels {@code x * (127 / largest)} rounded to the nearest, ties
 * to even. Blocks below 2^-100 count as zero; one with an infinity or NaN makes every result NaN.
 */
final class QuantizedTokens {
    static final int BLOCK = LevelBits.COLUMNS;
    static final int STEPS = LevelBits.STEPS;
    static final int TOP = 127;
    static final float SMALLEST = 0x1p-100f;
    /** Tokens that may be multiplied one after the other, each with factors of its own. */
    static final int MOST_APART = 16;
    /** Columns that lie together for each tile of many tokens. */
    static final int PANEL = 4 * BLOCK;
    /** 1.5 times 2^23: added to a small float it leaves the nearest integer in the lowest bits. */
    static final float TO_MANTISSA = 0x1.8p23f;
    /** What many tokens take off levels of four bits, so that all products of a block fit 16 bits together. */
    static final int CENTRE = 8;
    /** With its lowest 16 bits exchanged for those of a sum, the topmost of them turned over, it is itself plus the sum. */
    static final float SUM_ZERO = 0x1p23f + 0x1p15f;

    final int columns;
    final int tokens;
    final int[] pairs; // (token tiles, columns / 2, 4); a single token is (columns / 2)
    /** Instead of pairs, if many: (columns / PANEL, token tiles, PANEL, 4); the last panel may have fewer columns. */
    final int[] twice;

    final int[] halves; // (tokens, blocks, 2): minus the sums of 8 steps, both halves of a word
    final int[] sums; // (tokens, blocks, 2): sums of 16 levels
    final float[] scales; // (tokens, blocks)
    final float[] offsetFactors; // if many: (tokens, blocks): the scale times the sum of the levels
    final float[] zeros; // if many: (tokens, blocks): SUM_ZERO less CENTRE times that sum
    private final AtomicReferenceArray<@Nullable TokenFactors> factors;
    /** Which numbers of its tokens it holds, counted from 1. */
    private int edition = 1;

    /** @param many in the layout for many tokens, if there are at least two */
    QuantizedTokens(int tokens, int columns, boolean many) {
        if (columns % BLOCK != 0) {
            throw new IllegalArgumentException("INT8 needs columns in blocks of " + BLOCK + ", was " + columns);
        }
        int padded = tokens == 1 ? 1 : TokenTiles.tiles(tokens) * TokenTiles.TILE;
        this.columns = columns;
        this.tokens = tokens;
        boolean twice = many && tokens > 1;
        this.pairs = new int[twice ? 0 : Math.multiplyExact(padded, columns / 2)];
        this.twice = new int[twice ? Math.multiplyExact(padded, columns) : 0];
        this.halves = new int[padded * blocks() * 2];
        this.sums = new int[padded * blocks() * 2];
        this.scales = new float[padded * blocks()];
        this.offsetFactors = new float[twice ? scales.length : 0];
        this.zeros = new float[offsetFactors.length];
        this.factors = new AtomicReferenceArray<>(DType.values().length * Math.min(tokens, MOST_APART));
    }

    /** Makes room for other numbers of the same tokens. */
    void begin() {
        edition++;
    }

    /** One of few tokens as a layout's words are multiplied; made by the first thread that asks, or by several alike. */
    TokenFactors factors(BlockLayout layout, int token) {
        int index = layout.type().ordinal() * Math.min(tokens, MOST_APART) + token;
        TokenFactors own = factors.get(index);
        if (own == null) {
            own = new TokenFactors(layout, this, token);
            factors.set(index, own);
        }
        own.make(edition);
        return own;
    }

    boolean many() {
        return twice.length > 0;
    }

    int blocks() {
        return columns / BLOCK;
    }

    /** Where a token's first pair is; pairs of a tile lie side by side. */
    int pairsAt(int token) {
        return tokens == 1 ? 0 : token / TokenTiles.TILE * TokenTiles.TILE * (columns / 2) + token % TokenTiles.TILE;
    }

    /** Where the tile of many tokens has the first column of a block; the next follows in steps of {@link TokenTiles#TILE}. */
    int tileAt(int token, int block) {
        int column = block * BLOCK;
        int panel = column - column % PANEL;
        int depth = Math.min(PANEL, columns - panel);
        int tile = token / TokenTiles.TILE;
        return (TokenTiles.tiles(tokens) * panel + tile * depth + column - panel) * TokenTiles.TILE;
    }

    /** Rounds some columns of one token, which are whole blocks. */
    void put(int token, float[] row, int at, int from, int to) {
        int[] levels = new int[BLOCK];
        for (int block = from / BLOCK; block < to / BLOCK; block++) {
            scales[token * blocks() + block] = Kernels.blocks().quantize(row, at + block * BLOCK, levels);
            if (many()) {
                putTwice(token, block, levels);
            } else {
                putPairs(token, block, levels);
            }
        }
    }

    private void putTwice(int token, int block, int[] levels) {
        int i = token * blocks() + block;
        Kernels.blocks().twice(levels, sums, i * 2);
        int sum = sums[2 * i] + sums[2 * i + 1];
        offsetFactors[i] = scales[i] * sum;
        zeros[i] = SUM_ZERO - CENTRE * sum;
        int at = tileAt(token, block) + token % TokenTiles.TILE;
        for (int k = 0; k < BLOCK; k++) {
            twice[at + k * TokenTiles.TILE] = levels[k];
        }
    }

    private void putPairs(int token, int block, int[] levels) {
        Kernels.blocks().pair(levels, halves, sums, (token * blocks() + block) * 2);
        int stride = tokens == 1 ? 1 : TokenTiles.TILE;
        int at = pairsAt(token) + block * STEPS * stride;
        for (int step = 0; step < STEPS; step++) {
            pairs[at + step * stride] = levels[step];
        }
    }

    /** The levels of a block, column by column. */
    void levels(int token, int block, int[] levels) {
        if (many()) {
            int at = tileAt(token, block) + token % TokenTiles.TILE;
            for (int k = 0; k < BLOCK; k++) {
                levels[k] = (short) twice[at + k * TokenTiles.TILE];
            }
            return;
        }
        int stride = tokens == 1 ? 1 : TokenTiles.TILE;
        for (int step = 0; step < STEPS; step++) {
            int pair = pairs[pairsAt(token) + (block * STEPS + step) * stride];
            levels[LevelBits.column(step)] = (short) pair;
            levels[LevelBits.column(step) + LevelBits.APART] = pair >> 16;
        }
    }

    /** The scale of a block, from its largest magnitude. */
    static float scale(float largest) {
        return largest <= Float.MAX_VALUE ? largest / TOP : Float.NaN;
    }

    /** The sum of some halves, in both halves of a word. */
    int halves(int half, int count) {
        int other = count == 1 ? 0 : halves[half + 1];
        return halves[half] + other & 0xffff | (halves[half] >> 16) + (other >> 16) << 16;
    }

    /** The sum of the levels of a group, which is one half of a block or both, counted over all tokens. */
    int sum(int half, int count) {
        return count == 1 ? sums[half] : sums[half] + sums[half + 1];
    }
}
