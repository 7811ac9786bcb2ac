package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form of the kernel has the bits of the plain loops over blocks taken apart. */
abstract class BlockKernelContract {
    private static final BlockKernel SPECIFICATION = new ScalarBlockKernel();

    private final Arena arena = Arena.ofAuto();

    abstract BlockKernel kernel();

    static DType[] types() {
        return RandomBlocks.types();
    }

    static Stream<DType> widenedTypes() {
        return Arrays.stream(types()).filter(type -> !BlockLayout.of(type).direct());
    }

    @ParameterizedTest
    @MethodSource("widenedTypes")
    void widen_anyBlock_isWhatTheCodecReads(DType type) {
        int columns = 2 * 256;
        RandomBlocks blocks = new RandomBlocks(type, ROWS, columns, 3);
        BlockStrip strip = ((BlockMatrix) blocks.pack(arena)).strip(0);
        float[] expected = blocks.dequantized();
        for (int block = 0; block < strip.blocks(); block++) {
            float[] panel = new float[33 * PackedMatrix.STRIP];
            kernel().widen(strip, block, panel, 16);
            float[] wanted = new float[panel.length];
            for (int k = 0; k < 32; k++) {
                for (int row = 0; row < ROWS; row++) {
                    wanted[k * PackedMatrix.STRIP + 16 + row] = expected[row * columns + block * 32 + k];
                }
            }
            Numbers.assertSameBits(panel, wanted);
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void add_oneTokenAndManyBlocks_isTheSpecification(DType type) {
        for (int units : new int[] {37, 67}) { // less and more than a run has
            int columns = units * 256;
            BlockMatrix matrix = (BlockMatrix) new RandomBlocks(type, 2 * ROWS, columns, 4).pack(arena);
            assertAdds(matrix, 1, tokens(1, columns, false, 5));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void add_oddCounts_isTheSpecification(DType type) {
        for (int columns : new int[] {256, 3 * 256}) {
            BlockMatrix matrix = (BlockMatrix) new RandomBlocks(type, 24 * ROWS, columns, 7).pack(arena);
            for (int strips : new int[] {1, 3, 23}) {
                for (int tokens : new int[] {1, 2, 5, QuantizedTokens.MOST_APART + 1}) {
                    assertAdds(matrix, strips, tokens(tokens, columns, false, 8));
                }
            }
        }
    }

    private void assertAdds(BlockMatrix matrix, int strips, QuantizedTokens x) {
        int length = TokenTiles.length(x.tokens, ROWS);
        int at = 5;
        float[] actual = Numbers.uniform(9, at + strips * length);
        float[] expected = actual.clone();
        kernel().add(matrix.strip(1), strips, x, actual, at);
        SPECIFICATION.add(matrix.strip(1), strips, x, expected, at);
        int real = x.tokens * ROWS;
        for (int strip = 0; strip < strips; strip++) {
            int from = at + strip * length;
            Numbers.assertSameBits(
                    Arrays.copyOfRange(actual, from, from + real), Arrays.copyOfRange(expected, from, from + real));
        }
    }

    static Stream<DType> typesOfFourBits() {
        return Arrays.stream(RandomBlocks.types())
                .filter(type -> BlockLayout.of(type).bits() == 4);
    }

    @ParameterizedTest
    @MethodSource("typesOfFourBits")
    void addTile_oddCounts_isTheSpecification(DType type) {
        int unit = type.blockSize();
        for (int columns : new int[] {unit, 3 * 256, 5 * unit}) {
            BlockMatrix matrix = (BlockMatrix) new RandomBlocks(type, PackedMatrix.TILE, columns, 7).pack(arena);
            for (int tokens : new int[] {2, 5, 21}) {
                QuantizedTokens x = tokens(tokens, columns, true, 8);
                float[] actual = Numbers.uniform(9, TokenTiles.tiles(tokens) * TokenTiles.TILE * PackedMatrix.TILE);
                float[] expected = actual.clone();
                kernel().addTile(matrix.strip(0), matrix.strip(1), x, actual);
                SPECIFICATION.addTile(matrix.strip(0), matrix.strip(1), x, expected);
                int real = tokens * PackedMatrix.TILE;
                Numbers.assertSameBits(Arrays.copyOf(actual, real), Arrays.copyOf(expected, real));
            }
        }
    }

    static Stream<DType> directTypes() {
        return Arrays.stream(types()).filter(type -> BlockLayout.of(type).direct());
    }

    @ParameterizedTest
    @MethodSource("directTypes")
    void addOne_anyBlocks_isTheFoldOfDequantizedWeights(DType type) {
        for (int units : new int[] {1, 2, 71}) {
            assertAddsOne(type, units * type.blockSize());
        }
    }

    private void assertAddsOne(DType type, int columns) {
        int blocks = columns / 32;
        RandomBlocks random = new RandomBlocks(type, ROWS, columns, 10);
        BlockStrip strip = ((BlockMatrix) random.pack(arena)).strip(0);
        float[] x = Numbers.withCorners(11, columns);
        float[] actual = Numbers.uniform(12, ROWS + 1);
        float[] expected = actual.clone();
        kernel().addOne(strip, x, actual, 1);
        float[] weights = random.dequantized();
        for (int row = 0; row < ROWS; row++) {
            for (int block = 0; block < blocks; block++) {
                float part = 0;
                for (int k = block * 32; k < block * 32 + 32; k++) {
                    part = Math.fma(weights[row * columns + k], x[k], part);
                }
                expected[1 + row] += part;
            }
        }
        Numbers.assertSameBits(actual, expected);
    }

    @ParameterizedTest
    @MethodSource("directTypes")
    void addFirst_anyBlock_widensAndAddsTheFold(DType type) {
        for (int block : new int[] {0, 2, 11}) {
            assertAddsFirst(type, block);
        }
    }

    private void assertAddsFirst(DType type, int block) {
        int columns = 2 * 256;
        int tokens = TokenTiles.TILE;
        RandomBlocks random = new RandomBlocks(type, ROWS, columns, 10);
        BlockStrip strip = ((BlockMatrix) random.pack(arena)).strip(0);
        float[] x = Numbers.withCorners(11, 32 * tokens + 5);
        float[] panel = new float[32 * ROWS + 3];
        float[] wanted = panel.clone();
        float[] actual = Numbers.uniform(12, tokens * PackedMatrix.TILE + 1);
        float[] expected = actual.clone();
        kernel().addFirst(strip, block, panel, 3, x, 5, actual, 1);
        float[] weights = random.dequantized();
        for (int row = 0; row < ROWS; row++) {
            for (int k = 0; k < 32; k++) {
                wanted[3 + k * ROWS + row] = weights[row * columns + block * 32 + k];
            }
            for (int token = 0; token < tokens; token++) {
                float part = 0;
                for (int k = 0; k < 32; k++) {
                    part = Math.fma(weights[row * columns + block * 32 + k], x[5 + k * tokens + token], part);
                }
                expected[1 + token * PackedMatrix.TILE + row] += part;
            }
        }
        Numbers.assertSameBits(panel, wanted);
        Numbers.assertSameBits(actual, expected);
    }

    /** What activations may be. */
    enum Activation {
        UNIFORM,
        ZERO,
        TINY,
        HUGE,
        ONE_LARGE
    }

    @ParameterizedTest
    @EnumSource
    void quantize_anyNumbers_areNearest(Activation kind) {
        float[] x = Numbers.uniform(13, 35);
        for (int i = 0; i < x.length; i++) {
            x[i] *= switch (kind) {
                case UNIFORM -> 1;
                case ZERO -> 0;
                case TINY -> 0x1p-127f;
                case HUGE -> Float.MAX_VALUE;
                case ONE_LARGE -> i == 20 ? 1e6f : 1e-3f;
            };
        }
        int[] levels = new int[32];
        float scale = kernel().quantize(x, 3, levels);
        float largest = 0;
        for (int i = 3; i < 35; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        assertThat(scale).isEqualTo(largest / 127);
        for (int i = 0; i < 32; i++) {
            assertThat(levels[i]).isBetween(-127, 127);
            double error = kind == Activation.TINY ? 0x1p-100 : 0.5001 * scale;
            assertThat(Math.abs((double) levels[i] * scale - x[3 + i])).isLessThanOrEqualTo(error);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void quantize_notFinite_hasNoScale(float value) {
        float[] x = new float[32];
        x[17] = value;
        assertThat(kernel().quantize(x, 0, new int[32])).isNaN();
    }

    @Test
    void pairAndTwice_anyLevels_areTheSpecification() {
        SplittableRandom random = new SplittableRandom(17);
        for (int round = 0; round < 10; round++) {
            int extreme = round % 2 == 0 ? 127 : -127;
            int[] levels = round < 2
                    ? IntStream.generate(() -> extreme).limit(32).toArray()
                    : random.ints(32, -127, 128).toArray();
            int[][] actual = {levels.clone(), new int[3], new int[3], levels.clone(), new int[3]};
            int[][] expected = {levels.clone(), new int[3], new int[3], levels.clone(), new int[3]};
            kernel().pair(actual[0], actual[1], actual[2], 1);
            SPECIFICATION.pair(expected[0], expected[1], expected[2], 1);
            kernel().twice(actual[3], actual[4], 1);
            SPECIFICATION.twice(expected[3], expected[4], 1);
            Arrays.fill(actual[0], 16, 32, 0); // left over
            Arrays.fill(expected[0], 16, 32, 0);
            assertThat(actual).isDeepEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6})
    void factors_anyPairs_areTheSpecification(int bits) {
        WordFields fields = WordFields.of(bits);
        for (int blocks : new int[] {1, 3}) {
            int[] pairs = new SplittableRandom(bits)
                    .ints((long) blocks * QuantizedTokens.STEPS)
                    .toArray();
            int[] actual = new int[blocks * fields.ofBlock()];
            Arrays.fill(actual, 7); // what others fill in stays
            int[] expected = actual.clone();
            kernel().factors(fields, pairs, actual);
            SPECIFICATION.factors(fields, pairs, expected);
            assertThat(actual).isEqualTo(expected);
        }
    }

    private QuantizedTokens tokens(int count, int columns, boolean many, int seed) {
        QuantizedTokens x = new QuantizedTokens(count, columns, many);
        float[] rows = Numbers.uniform(seed, count * columns);
        IntStream.range(0, columns / 3).forEach(i -> rows[3 * i] = i % 2 == 0 ? 1 : -1); // extremes
        for (int t = 0; t < count; t++) {
            x.put(t, rows, t * columns, 0, columns);
        }
        return x;
    }
}
