package io.github.hanllama.quant;

/** Q8_0: 32 levels from -127 to 127 and their scale. */
final class ByteBlocks extends BlockCodec {
    private static final int SIZE = 32;
    private static final int LEVELS = 2; // after the scale
    private static final float TOP = 127;

    ByteBlocks() {
        super(DType.Q8_0);
    }

    @Override
    BlockEncoder encoder() {
        return new Encoder();
    }

    @Override
    void decode(byte[] block, int from, float[] y, int at) {
        float scale = BlockBytes.half(block, from);
        for (int i = 0; i < SIZE; i++) {
            y[at + i] = block[from + LEVELS + i] * scale;
        }
    }

    @Override
    void read(BlockPair blocks, int count, LaneRun run) {
        WordMover.q8_0(blocks, count, run);
    }

    /** Has no use for importance: with 255 levels there is nothing to search for. */
    private static final class Encoder extends BlockEncoder {
        @Override
        void encode(float[] x, int at, byte[] block, int to) {
            float scale = Math.abs(BlockBytes.extreme(x, at, SIZE)) / TOP;
            float inverse = scale == 0 ? 0 : 1 / scale;
            BlockBytes.putHalf(block, to, scale);
            for (int i = 0; i < SIZE; i++) {
                block[to + LEVELS + i] = (byte) BlockBytes.nearestAway(x[at + i] * inverse);
            }
        }

        @Override
        void encode(float[] x, int at, WeightedRow row, int column, byte[] block, int to) {
            encode(x, at, block, to);
        }
    }
}
