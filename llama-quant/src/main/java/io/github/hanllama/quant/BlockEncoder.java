package io.github.hanllama.quant;

/** Numbers to blocks of one type. It has memory of its own, so it belongs to one thread. */
abstract class BlockEncoder {
    /** One block of {@code x} from {@code at} on, to {@code block} from {@code to} on. */
    abstract void encode(float[] x, int at, byte[] block, int to);

    /**
     * The same with columns that differ in importance: the block's are {@code row.importance()} from {@code column} on.
     */
    abstract void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to);
}
