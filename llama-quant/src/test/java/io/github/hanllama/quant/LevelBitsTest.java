package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.WORD;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LevelBitsTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 6})
    void unpack_whatWasPacked_isTheSame(int bits) {
        int[] levels = new Random(bits).ints(32, 0, 1 << bits).toArray();
        int[] others = new Random(bits + 1).ints(32, 0, 1 << bits).toArray();
        byte[] packed = new byte[(bits + 1) * WORD];
        pack(bits, fourToAWord(levels, others), packed, 8);
        assertThat(unpacked(bits, packed, 8)).isEqualTo(levels);
        assertThat(unpacked(bits, packed, 12)).isEqualTo(others);
    }

    private static int[] unpacked(int bits, byte[] packed, int at) {
        int[] words = new int[2 * bits];
        for (int i = 0; i < bits; i++) {
            words[1 + 2 * i] = BlockBytes.word(packed, at + i * WORD);
        }
        int[] actual = new int[40];
        LevelBits.unpack(bits, words, 1, 2, actual, 7);
        return Arrays.copyOfRange(actual, 7, 39);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 6})
    void pack_allBits_areUsed(int bits) {
        int[] levels = IntStream.generate(() -> (1 << bits) - 1).limit(32).toArray();
        byte[] words = new byte[bits * WORD];
        for (int at = 0; at < WORD; at += Long.BYTES) {
            pack(bits, fourToAWord(levels, levels), words, at);
        }
        assertThat(words).containsOnly(-1);
    }

    private static void pack(int bits, long[] levels, byte[] words, int to) {
        if (bits == 6) {
            LevelPacker.packHalfOfSix(levels[0], levels[1], levels[2], levels[3], words, to);
            LevelPacker.packHalfOfSix(levels[4], levels[5], levels[6], levels[7], words, to + 3 * WORD);
        } else {
            LevelPacker.pack(bits, levels, words, to);
        }
    }

    @Test
    void unpack_wordsOfGguf_areLevelsOfFourBits() {
        int[] levels = IntStream.range(0, 32).map(i -> i * 7 & 15).toArray();
        byte[] block = new byte[16];
        BlockBytes.putNibbles(levels, block, 0);
        int[] words =
                IntStream.range(0, 4).map(i -> BlockBytes.word(block, 4 * i)).toArray();
        int[] actual = new int[32];
        LevelBits.unpack(4, words, 0, 1, actual, 0);
        assertThat(actual).isEqualTo(levels);
    }

    /** Of two rows. */
    private static long[] fourToAWord(int[] levels, int[] others) {
        long[] words = new long[levels.length / 4];
        for (int k = 0; k < levels.length; k++) {
            words[k / 4] |= (levels[k] | (long) others[k] << Integer.SIZE) << k % 4 * 8;
        }
        return words;
    }

    @Test
    void column_steps_coverEveryColumnOnceHalfByHalf() {
        int[] first = IntStream.range(0, 16).map(LevelBits::column).toArray();
        assertThat(IntStream.concat(IntStream.of(first), IntStream.of(first).map(k -> k + LevelBits.APART)))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 32).boxed().toList());
        assertThat(IntStream.of(first).limit(8).allMatch(k -> k < 16)).isTrue();
    }
}
