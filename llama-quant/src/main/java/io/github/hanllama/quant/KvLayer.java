package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Keys and values of one layer of one sequence, in memory that is allocated when first needed: {@link KvRun}s as long as
 * all before them together, at least 32 positions and at most 256, a {@link HeadAttention#SPAN}.
 *
 * <p>A run has blocks of 32 positions, a block tiles of 32 dimensions: a tile of keys has (dimensions, 32 positions), one of
 * values (32 positions, 32 dimensions). Numbers are rounded to the type when they are put; what is computed with them is
 * their value in f32.
 *
 * <p>Threads may put and get different heads or positions at a time; {@link #reserve} is for one thread alone.
 */
public final class KvLayer {
    /** Positions of a block, rows and lanes of a tile. */
    static final int BLOCK = 32;
    /** Positions of the longest run. */
    static final int LONGEST = 256;

    private final KvShape shape;
    private final int mostBlocks;
    private final Arena arena;
    private final List<KvRun> runs = new ArrayList<>();

    /**
     * @param type {@link DType#F32}, {@link DType#F16} or {@link DType#Q8_0}
     * @param capacity positions it may grow to; no memory is allocated beyond their blocks
     * @param arena owns the memory; it must be usable from every thread that computes
     */
    public KvLayer(DType type, int heads, int headDim, int capacity, Arena arena) {
        this.shape = new KvShape(KvTiles.of(type), heads, headDim);
        this.mostBlocks = Math.ceilDiv(capacity, BLOCK);
        this.arena = arena;
    }

    /** Bytes that many positions take, in whole blocks. */
    public static long byteSize(DType type, int heads, int headDim, int positions) {
        return Math.ceilDiv(positions, BLOCK) * new KvShape(KvTiles.of(type), heads, headDim).blockBytes();
    }

    /** Makes room for positions up to, not including, {@code positions}. */
    public void reserve(int positions) {
        if (Math.ceilDiv(positions, BLOCK) > mostBlocks) {
            throw new IllegalArgumentException(
                    "made for " + mostBlocks + " blocks of " + BLOCK + " positions, found " + positions + " positions");
        }
        while (end() < positions) {
            int first = end();
            int blocks = Math.min(Math.clamp(first, BLOCK, LONGEST) / BLOCK, mostBlocks - first / BLOCK);
            runs.add(new KvRun(shape, first, blocks, arena));
        }
    }

    private int end() {
        return runs.isEmpty() ? 0 : runs.getLast().end();
    }

    /** Copies the first positions of a layer of the same shape and type, whatever its capacity. */
    public void copyFrom(KvLayer source, int positions) {
        reserve(positions);
        for (int run = 0; run < runs.size() && runs.get(run).first() < positions; run++) {
            runs.get(run).copyFrom(source.runs.get(run), positions);
        }
    }

    /** Stores the key of one head, rotated, from {@code source[at..]}. */
    public void putKey(int head, int position, float[] source, int at) {
        put(KvSide.KEYS, head, position, source, at);
    }

    /** Reads the key of one head. */
    public void getKey(int head, int position, float[] target, int at) {
        get(KvSide.KEYS, head, position, target, at);
    }

    /** Stores the value of one head from {@code source[at..]}. */
    public void putValue(int head, int position, float[] source, int at) {
        put(KvSide.VALUES, head, position, source, at);
    }

    /** Reads the value of one head. */
    public void getValue(int head, int position, float[] target, int at) {
        get(KvSide.VALUES, head, position, target, at);
    }

    private void put(KvSide side, int head, int position, float[] source, int at) {
        Objects.checkFromIndexSize(at, shape.headDim(), source.length);
        Objects.checkIndex(head, shape.heads());
        KvRun run = run(position);
        for (int strip = 0; strip < shape.strips(); strip++) {
            int from = at + strip * BLOCK;
            long tile = run.tile(side, head, position, strip);
            shape.tiles().put(side, position % BLOCK, source, from, shape.width(strip), run.memory(), tile);
        }
    }

    private void get(KvSide side, int head, int position, float[] target, int at) {
        Objects.checkFromIndexSize(at, shape.headDim(), target.length);
        Objects.checkIndex(head, shape.heads());
        KvRun run = run(position);
        for (int strip = 0; strip < shape.strips(); strip++) {
            int to = at + strip * BLOCK;
            long tile = run.tile(side, head, position, strip);
            shape.tiles().get(side, position % BLOCK, run.memory(), tile, target, to, shape.width(strip));
        }
    }

    /** Places the keys of the block that a position is in, (headDim, 32 positions), tile after tile, for so many queries. */
    void keys(int head, int position, int queries, KvPanel panel) {
        place(KvSide.KEYS, head, position, BLOCK, queries, panel);
    }

    /**
     * Places values from the start of a block, a tile (positions, 32 dimensions) per strip.
     *
     * @return positions: those of a block, more where tiles are joined, but never more than {@code most}
     */
    int values(int head, int position, int most, int queries, KvPanel panel) {
        boolean joined = shape.tiles().joined() && queries <= shape.tiles().mostInPlace();
        int count = Math.min(joined ? run(position).end() - position : BLOCK, most);
        place(KvSide.VALUES, head, position, count, queries, panel);
        return count;
    }

    private void place(KvSide side, int head, int position, int positions, int queries, KvPanel panel) {
        Objects.checkIndex(head, shape.heads());
        KvRun run = run(position);
        KvTiles tiles = shape.tiles();
        for (int strip = 0; strip < shape.strips(); strip++) {
            tiles.open(run.memory(), run.tile(side, head, position, strip), panel, strip);
        }
        if (queries <= tiles.mostInPlace()) {
            panel.placeIn(tiles, side, run.memory(), run.tile(side, head, position, 0), run.stripStep(side));
            return;
        }
        panel.placeWidened();
        for (int strip = 0; strip < shape.strips(); strip++) {
            int rows = side == KvSide.KEYS ? shape.width(strip) : positions;
            tiles.widen(side, run.memory(), run.tile(side, head, position, strip), rows, panel, strip);
        }
    }

    int headDim() {
        return shape.headDim();
    }

    /** The runs are of 32, 32, 64, 128 and then all of 256 positions. */
    private KvRun run(int position) {
        int index = position < LONGEST
                ? Integer.SIZE - Integer.numberOfLeadingZeros(position / BLOCK)
                : Integer.numberOfTrailingZeros(LONGEST / BLOCK) + position / LONGEST;
        return runs.get(index);
    }
}
