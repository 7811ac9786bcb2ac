package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.HALVES;
import static io.github.hanllama.quant.BlockLayout.WORD;

/**
 * Blocks whose words are already those of the layout, so that packing only moves them: two words of two rows at a time, which
 * is half the loads and stores.
 *
 * <p>A loop for each type: steps that are constants let C2 leave out the checks of every access.
 */
final class WordMover {
    private static final long LOWER = 0xffff_ffffL;

    private static final int Q4_0 = 18; // bytes of a block
    private static final int Q4_1 = 20;
    private static final int Q8_0 = 34;
    private static final int AFTER_SCALE = Short.BYTES;
    private static final int AFTER_OFFSET = 2 * Short.BYTES;

    private WordMover() {}

    static void q4_0(BlockPair blocks, int count, LaneRun run) {
        q4_0(blocks.stored(), blocks.first(), blocks.second(), count, run.blocks(), run.lane());
    }

    private static void q4_0(byte[] stored, int first, int second, int count, byte[] blocks, int lane) {
        for (int i = 0; i < count; i++) {
            int block = i * (HALVES + 4 * WORD);
            halves(stored, first + i * Q4_0, second + i * Q4_0, blocks, block + Short.BYTES * lane);
            int a = first + i * Q4_0 + AFTER_SCALE;
            int b = second + i * Q4_0 + AFTER_SCALE;
            int to = block + HALVES + Integer.BYTES * lane;
            twoWords(stored, a, b, blocks, to);
            twoWords(stored, a + 8, b + 8, blocks, to + 2 * WORD);
        }
    }

    static void q4_1(BlockPair blocks, int count, LaneRun run) {
        q4_1(blocks.stored(), blocks.first(), blocks.second(), count, run.blocks(), run.lane());
    }

    private static void q4_1(byte[] stored, int first, int second, int count, byte[] blocks, int lane) {
        for (int i = 0; i < count; i++) {
            int block = i * (2 * HALVES + 4 * WORD);
            int scale = block + Short.BYTES * lane;
            halves(stored, first + i * Q4_1, second + i * Q4_1, blocks, scale);
            halves(stored, first + i * Q4_1 + AFTER_SCALE, second + i * Q4_1 + AFTER_SCALE, blocks, scale + HALVES);
            int a = first + i * Q4_1 + AFTER_OFFSET;
            int b = second + i * Q4_1 + AFTER_OFFSET;
            int to = block + 2 * HALVES + Integer.BYTES * lane;
            twoWords(stored, a, b, blocks, to);
            twoWords(stored, a + 8, b + 8, blocks, to + 2 * WORD);
        }
    }

    static void q8_0(BlockPair blocks, int count, LaneRun run) {
        q8_0(blocks.stored(), blocks.first(), blocks.second(), count, run.blocks(), run.lane());
    }

    private static void q8_0(byte[] stored, int first, int second, int count, byte[] blocks, int lane) {
        for (int i = 0; i < count; i++) {
            int block = i * (HALVES + 8 * WORD);
            halves(stored, first + i * Q8_0, second + i * Q8_0, blocks, block + Short.BYTES * lane);
            int a = first + i * Q8_0 + AFTER_SCALE;
            int b = second + i * Q8_0 + AFTER_SCALE;
            int to = block + HALVES + Integer.BYTES * lane;
            twoWords(stored, a, b, blocks, to);
            twoWords(stored, a + 8, b + 8, blocks, to + 2 * WORD);
            twoWords(stored, a + 16, b + 16, blocks, to + 4 * WORD);
            twoWords(stored, a + 24, b + 24, blocks, to + 6 * WORD);
        }
    }

    private static void halves(byte[] stored, int a, int b, byte[] scales, int to) {
        BlockBytes.putWord(scales, to, BlockBytes.bits(stored, a) & 0xffff | BlockBytes.bits(stored, b) << 16);
    }

    private static void twoWords(byte[] stored, int first, int second, byte[] blocks, int to) {
        long a = BlockBytes.twoWords(stored, first);
        long b = BlockBytes.twoWords(stored, second);
        BlockBytes.putTwoWords(blocks, to, a & LOWER | b << 32);
        BlockBytes.putTwoWords(blocks, to + WORD, a >>> 32 | b & ~LOWER);
    }
}
