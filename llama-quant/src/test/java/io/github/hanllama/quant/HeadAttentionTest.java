package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadAttentionTest {
    private static final int HEADS = 2;

    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest(name = "headDim {0}, {1} positions")
    @CsvSource({"1, 1", "2, 64", "15, 65", "16, 200", "64, 63", "80, 130", "100, 64", "128, 129", "130, 7"})
    void attend_anyShape_isNearTheDoubleResult(int headDim, int positions) {
        KvLayer layer = filled(headDim, positions);
        float[] queries = Numbers.uniform(1, headDim);
        float[] out = new float[headDim];
        new HeadAttention().attend(layer, 1, 1, queries, new int[] {0}, new int[] {positions}, out);

        double[] expected = expected(layer, headDim, queries, positions);
        for (int d = 0; d < headDim; d++) {
            assertThat((double) out[d]).isCloseTo(expected[d], within(2e-6));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void attend_severalQueries_sameBitsAsEachAlone(int count) {
        int headDim = 70;
        KvLayer layer = filled(headDim, 300);
        float[] queries = Numbers.uniform(2, count * headDim);
        int[] at = new int[count];
        int[] visible = new int[count];
        SplittableRandom random = new SplittableRandom(count);
        for (int i = 0; i < count; i++) {
            at[i] = (count - 1 - i) * headDim;
            visible[i] = random.nextInt(1, 301);
        }
        HeadAttention attention = new HeadAttention();
        float[] together = new float[queries.length];
        attention.attend(layer, 0, count, queries, at, visible, together);

        float[] alone = new float[queries.length];
        for (int i = 0; i < count; i++) {
            attention.attend(layer, 0, 1, queries, new int[] {at[i]}, new int[] {visible[i]}, alone);
        }
        Numbers.assertSameBits(together, alone);
    }

    @Test
    void attend_positionsNotVisible_doNotMatter() {
        int headDim = 16;
        KvLayer layer = filled(headDim, 40);
        float[] queries = Numbers.uniform(3, 2 * headDim);
        float[] before = new float[2 * headDim];
        new HeadAttention().attend(layer, 0, 2, queries, new int[] {0, headDim}, new int[] {30, 35}, before);
        float[] poison = new float[headDim];
        Arrays.fill(poison, Float.NaN);
        for (int position = 35; position < 40; position++) {
            layer.putKey(0, position, poison, 0);
            layer.putValue(0, position, poison, 0);
        }
        float[] after = new float[2 * headDim];
        new HeadAttention().attend(layer, 0, 2, queries, new int[] {0, headDim}, new int[] {30, 35}, after);
        assertThat(before).doesNotContain(Float.NaN);
        Numbers.assertSameBits(after, before);
    }

    @Test
    void attend_specification_toTheBit() {
        int headDim = 33;
        int positions = 77;
        KvLayer layer = filled(headDim, positions);
        float[] queries = Numbers.uniform(4, headDim);
        float[] scores = new float[positions];
        float[] expected = new float[headDim];
        float[] row = new float[headDim];
        for (int t = 0; t < positions; t++) {
            layer.getKey(0, t, row, 0);
            for (int d = 0; d < headDim; d++) {
                scores[t] = Math.fma(row[d], queries[d], scores[t]);
            }
        }
        float sum = new ScalarVectorKernel().expBelowMax(scores, 0, positions, (float) (1 / Math.sqrt(headDim)));
        for (int block = 0; block < positions; block += 32) {
            float[] parts = new float[headDim];
            for (int t = block; t < Math.min(block + 32, positions); t++) {
                layer.getValue(0, t, row, 0);
                for (int d = 0; d < headDim; d++) {
                    parts[d] = Math.fma(row[d], scores[t], parts[d]);
                }
            }
            for (int d = 0; d < headDim; d++) {
                expected[d] += parts[d];
            }
        }
        for (int d = 0; d < headDim; d++) {
            expected[d] *= 1 / sum;
        }
        float[] actual = new float[headDim];
        new HeadAttention().attend(layer, 0, 1, queries, new int[] {0}, new int[] {positions}, actual);
        Numbers.assertSameBits(actual, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 64, 100, 128})
    void layer_whatIsPut_isGot(int headDim) {
        KvLayer layer = filled(headDim, 150);
        float[] row = new float[headDim + 1];
        for (int position = 0; position < 150; position++) {
            for (int head = 0; head < HEADS; head++) {
                layer.getKey(head, position, row, 1);
                Numbers.assertSameBits(Arrays.copyOfRange(row, 1, row.length), numbers(position, head, headDim));
                layer.getValue(head, position, row, 1);
                Numbers.assertSameBits(Arrays.copyOfRange(row, 1, row.length), numbers(-position, head, headDim));
            }
        }
    }

    private KvLayer filled(int headDim, int positions) {
        KvLayer layer = new KvLayer(HEADS, headDim, arena);
        layer.reserve(positions);
        for (int position = 0; position < positions; position++) {
            for (int head = 0; head < HEADS; head++) {
                layer.putKey(head, position, numbers(position, head, headDim), 0);
                layer.putValue(head, position, numbers(-position, head, headDim), 0);
            }
        }
        return layer;
    }

    private static float[] numbers(int position, int head, int headDim) {
        return Numbers.uniform(31L * position + head, headDim);
    }

    private static double[] expected(KvLayer layer, int headDim, float[] query, int positions) {
        double[] weights = new double[positions];
        double sum = 0;
        float[] row = new float[headDim];
        for (int t = 0; t < positions; t++) {
            layer.getKey(1, t, row, 0);
            double dot = 0;
            for (int d = 0; d < headDim; d++) {
                dot += (double) row[d] * query[d];
            }
            weights[t] = Math.exp(dot / Math.sqrt(headDim));
            sum += weights[t];
        }
        double[] result = new double[headDim];
        for (int t = 0; t < positions; t++) {
            layer.getValue(1, t, row, 0);
            for (int d = 0; d < headDim; d++) {
                result[d] += weights[t] / sum * row[d];
            }
        }
        return result;
    }
}
