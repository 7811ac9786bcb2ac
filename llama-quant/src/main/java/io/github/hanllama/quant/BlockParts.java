package io.github.hanllama.quant;

/**
 * One stored block taken apart: {@code weight = scale * factor[group] * level + offset * offsetFactor[group]}, levels
 * without a minus sign in front of what stands for zero.
 */
final class BlockParts {
    /** Unsigned, but for eight bits. */
    final int[] levels;
    /** By group; unused in types whose blocks are one group. */
    final int[] factors;

    final int[] offsetFactors;
    /** In f16. */
    short scale;
    /** In f16; zero where the type has none. */
    short offset;

    BlockParts(BlockLayout layout) {
        levels = new int[layout.unit()];
        factors = new int[layout.groups()];
        offsetFactors = new int[layout.groups()];
    }

    /** 32 levels: the first 16 in the low halves of 16 bytes, the others in the high halves, fifth bits apart. */
    void readNibbles(byte[] block, int at, int fifths) {
        for (int i = 0; i < 16; i++) {
            levels[i] = block[at + i] & 15 | (fifths >> i & 1) << 4;
            levels[i + 16] = block[at + i] >> 4 & 15 | (fifths >> (i + 16) & 1) << 4;
        }
    }

    /** Levels of two bits, or the bits of levels from that one up. */
    void addPairsOfBits(byte[] block, int at, int bit) {
        for (int i = 0; i < levels.length; i++) {
            levels[i] |= (block[at + BlockBytes.pairsByte(i)] >> BlockBytes.pairsShift(i) & 3) << bit;
        }
    }

    /** The f16 with the other sign. */
    static short negated(short half) {
        return (short) (half ^ 0x8000);
    }
}
