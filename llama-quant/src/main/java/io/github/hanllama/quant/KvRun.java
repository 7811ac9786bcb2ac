package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Neighbouring positions of a {@link KvLayer} in one piece of memory: the keys of head 0, then those of the next head, then
 * the values likewise. Keys of a head are block after block; values are strip after strip, so that a strip of all blocks is
 * one long tile. Whoever reads one head reads streams.
 */
final class KvRun {
    private static final long ALIGNMENT = 64;

    private final KvShape shape;
    private final int first;
    private final int blocks;
    private final MemorySegment memory;

    /** @param first position, a multiple of 32 */
    KvRun(KvShape shape, int first, int blocks, Arena arena) {
        this.shape = shape;
        this.first = first;
        this.blocks = blocks;
        this.memory = arena.allocate(blocks * shape.blockBytes(), ALIGNMENT);
    }

    int first() {
        return first;
    }

    /** The position behind the last. */
    int end() {
        return first + blocks * KvLayer.BLOCK;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where a tile of the block that a position is in starts. */
    long tile(KvSide side, int head, int position, int strip) {
        int block = (position - first) / KvLayer.BLOCK;
        long blockStep = side == KvSide.KEYS ? shape.headBytes(side) : shape.tileBytes();
        return start(side, head) + block * blockStep + strip * stripStep(side);
    }

    /** Bytes from one strip's tile of a block to the next one's. */
    long stripStep(KvSide side) {
        return side == KvSide.KEYS ? shape.tileBytes() : blocks * shape.tileBytes();
    }

    /** Where the keys or values of a head start. */
    private long start(KvSide side, int head) {
        long keys = blocks * shape.headBytes(KvSide.KEYS);
        return switch (side) {
            case KEYS -> head * keys;
            case VALUES -> shape.heads() * keys + head * blocks * shape.headBytes(side);
        };
    }

    /** Copies the blocks that start below {@code end} from a run that starts where this one does, of any length. */
    void copyFrom(KvRun source, int end) {
        for (int block = first; block < Math.min(end, end()); block += KvLayer.BLOCK) {
            for (int head = 0; head < shape.heads(); head++) {
                for (int strip = 0; strip < shape.strips(); strip++) {
                    copyTile(source, KvSide.KEYS, head, block, strip, shape.width(strip));
                    copyTile(source, KvSide.VALUES, head, block, strip, KvLayer.BLOCK);
                }
            }
        }
    }

    private void copyTile(KvRun source, KvSide side, int head, int block, int strip, int rows) {
        long from = source.tile(side, head, block, strip);
        long to = tile(side, head, block, strip);
        MemorySegment.copy(source.memory, from, memory, to, shape.tiles().bytes(rows));
    }
}
