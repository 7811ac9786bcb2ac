package io.github.hanllama.quant;

/** Numbers to blocks of one type. It has memory of its own, so it belongs to one thread. */
abstract class BlockEncoder {
    /** Blocks that take least time together. */
    int together() {
        return 1;
    }

    /** That many blocks of {@code x} from {@code at} on, one after the other from {@code to} on. */
    void encodeTogether(float[] x, int at, byte[] blocks, int to) {
        encode(x, at, blocks, to);
    }

    /** The same with columns that differ in importance. */
    void encodeTogether(float[] x, int at, WeightedRow row, int column, byte[] blocks, int to) {
        encode(x, at, row, column, blocks, to);
    }

    /** One block of {@code x} from {@code at} on, to {@code block} from {@code to} on. */
    abstract void encode(float[] x, int at, byte[] block, int to);

    /**
     * The same with columns that differ in importance: the block's are {@code row.importance()} from {@code column} on.
     */
    abstract void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to);
}
