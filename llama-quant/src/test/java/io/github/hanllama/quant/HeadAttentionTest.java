package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HeadAttentionTest {
    private static final int HEADS = 2;
    private static final int HEAD = 1;

    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest(name = "{0}, headDim {1}, {2} positions")
    @CsvSource({
        "F32, 1, 1", "F32, 2, 64", "F32, 15, 65", "F32, 16, 200", "F32, 64, 63", "F32, 80, 130", "F32, 100, 257",
        "F32, 128, 129", "F32, 130, 7", "F32, 64, 1000", "F16, 64, 300", "F16, 80, 33", "F16, 7, 600", "Q8_0, 64, 300",
        "Q8_0, 80, 33", "Q8_0, 7, 600"
    })
    void attend_anyShape_isNearTheDoubleResult(DType type, int headDim, int positions) {
        KvLayer layer = filled(type, headDim, positions);
        float[] query = Numbers.uniform(1, headDim);
        double[] expected = expected(layer, headDim, query, positions);
        float[] actual = alone(layer, headDim, query, positions);
        for (int d = 0; d < headDim; d++) {
            assertThat((double) actual[d]).isCloseTo(expected[d], within(2e-6));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "Q8_0"})
    void attend_roundedTypes_areThatOfTheirValuesToTheBit(DType type) {
        int headDim = 70;
        int positions = 300;
        KvLayer rounded = filled(type, headDim, positions);
        KvLayer plain = new KvLayer(DType.F32, HEADS, headDim, positions, arena);
        plain.reserve(positions);
        float[] row = new float[headDim];
        for (int position = 0; position < positions; position++) {
            rounded.getKey(HEAD, position, row, 0);
            plain.putKey(HEAD, position, row, 0);
            rounded.getValue(HEAD, position, row, 0);
            plain.putValue(HEAD, position, row, 0);
        }
        float[] query = Numbers.uniform(2, headDim);
        Numbers.assertSameBits(alone(rounded, headDim, query, positions), alone(plain, headDim, query, positions));
    }

    @ParameterizedTest(name = "{0} queries, {1}")
    @CsvSource({
        "2, F32", "3, F32", "4, F32", "5, F32", "6, F32", "8, F32", "9, F32", "13, F32", "31, F32", "32, F32", "2, F16",
        "6, F16", "8, F16", "16, F16", "17, F16", "2, Q8_0", "6, Q8_0", "8, Q8_0", "9, Q8_0"
    })
    void attend_severalQueries_sameBitsAsEachAlone(int count, DType type) {
        int headDim = 70;
        KvLayer layer = filled(type, headDim, 600);
        float[] source = Numbers.uniform(2, count * headDim);
        int[] visible = new SplittableRandom(count).ints(count, 1, 601).sorted().toArray();
        visible[1] = visible[0];
        AttentionQueries queries = new AttentionQueries();
        for (int i = 0; i < count; i++) {
            queries.add((count - 1 - i) * headDim, visible[i]);
        }
        float[] together = new float[source.length];
        new HeadAttention(headDim).attend(layer, HEAD, queries, source, together);
        for (int i = 0; i < count; i++) {
            int at = (count - 1 - i) * headDim;
            float[] query = Arrays.copyOfRange(source, at, at + headDim);
            Numbers.assertSameBits(
                    Arrays.copyOfRange(together, at, at + headDim), alone(layer, headDim, query, visible[i]));
        }
    }

    @ParameterizedTest(name = "{0}, {1} queries from position {2}")
    @CsvSource({
        "F32, 32, 0",
        "F32, 7, 250",
        "F32, 32, 500",
        "F16, 32, 240",
        "Q8_0, 11, 511",
        "F32, 8, 300",
        "F16, 8, 250",
        "Q8_0, 8, 250"
    })
    void attend_queriesOfNeighbours_sameBitsAsEachAlone(DType type, int count, int first) {
        int headDim = 40;
        KvLayer layer = filled(type, headDim, 560);
        float[] source = Numbers.uniform(3, count * headDim);
        AttentionQueries queries = new AttentionQueries();
        for (int i = 0; i < count; i++) {
            queries.add(i * headDim, first + 1 + i);
        }
        float[] together = new float[source.length];
        new HeadAttention(headDim).attend(layer, HEAD, queries, source, together);
        for (int i = 0; i < count; i++) {
            float[] query = Arrays.copyOfRange(source, i * headDim, (i + 1) * headDim);
            Numbers.assertSameBits(
                    Arrays.copyOfRange(together, i * headDim, (i + 1) * headDim),
                    alone(layer, headDim, query, first + 1 + i));
        }
    }

    @Test
    void attendSpan_spansJoined_sameBitsAsTheWhole() {
        int headDim = 64;
        KvLayer layer = filled(DType.F16, headDim, 900);
        float[] source = Numbers.uniform(3, 3 * headDim);
        AttentionQueries queries = new AttentionQueries();
        queries.add(0, 200);
        queries.add(headDim, 512);
        queries.add(2 * headDim, 900);
        HeadAttention attention = new HeadAttention(headDim);
        float[] whole = new float[source.length];
        attention.attend(layer, HEAD, queries, source, whole);

        AttentionPart joined = new AttentionPart(3, headDim);
        AttentionPart part = new AttentionPart(3, headDim);
        for (int span = 0; span < HeadAttention.spans(900); span++) {
            attention.attendSpan(layer, HEAD, span, queries, source, part);
            joined.join(part, 3);
        }
        float[] actual = new float[source.length];
        joined.finish(queries, actual);
        Numbers.assertSameBits(actual, whole);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "Q8_0"})
    void attend_positionsNotVisible_doNotMatter(DType type) {
        int headDim = 16;
        KvLayer layer = filled(type, headDim, 40);
        float[] source = Numbers.uniform(3, 2 * headDim);
        AttentionQueries queries = new AttentionQueries();
        queries.add(0, 30);
        queries.add(headDim, 35);
        float[] before = new float[2 * headDim];
        new HeadAttention(headDim).attend(layer, HEAD, queries, source, before);
        float[] poison = new float[headDim];
        Arrays.fill(poison, Float.NaN);
        for (int position = 35; position < 40; position++) {
            layer.putKey(HEAD, position, poison, 0);
            layer.putValue(HEAD, position, poison, 0);
        }
        float[] after = new float[2 * headDim];
        new HeadAttention(headDim).attend(layer, HEAD, queries, source, after);
        assertThat(before).doesNotContain(Float.NaN);
        Numbers.assertSameBits(after, before);
    }

    @Test
    void attend_specification_toTheBit() {
        int headDim = 33;
        int positions = 600;
        KvLayer layer = filled(DType.F32, headDim, positions);
        float[] query = Numbers.uniform(4, headDim);
        float scale = (float) (1 / Math.sqrt(headDim));
        float[] result = new float[headDim];
        float sum = 0;
        float max = 0;
        for (int from = 0; from < positions; from += 256) {
            int count = Math.min(256, positions - from);
            float[] weights = scores(layer, query, from, count);
            float spanMax = new ScalarVectorKernel().max(weights, 0, count);
            float spanSum = new ScalarVectorKernel().expBelow(spanMax, weights, 0, count, scale);
            float[] span = mixed(layer, headDim, weights, from, count);
            float higher = from == 0 ? spanMax : Math.max(max, spanMax);
            float own = from == 0 ? 0 : Exponential.exp((max - higher) * scale);
            float others = Exponential.exp((spanMax - higher) * scale);
            sum = Math.fma(sum, own, spanSum * others);
            for (int d = 0; d < headDim; d++) {
                result[d] = Math.fma(result[d], own, span[d] * others);
            }
            max = higher;
        }
        for (int d = 0; d < headDim; d++) {
            result[d] *= 1 / sum;
        }
        Numbers.assertSameBits(alone(layer, headDim, query, positions), result);
    }

    private static float[] scores(KvLayer layer, float[] query, int from, int count) {
        float[] scores = new float[count];
        float[] row = new float[query.length];
        for (int t = 0; t < count; t++) {
            layer.getKey(HEAD, from + t, row, 0);
            for (int d = 0; d < query.length; d++) {
                scores[t] = Math.fma(row[d], query[d], scores[t]);
            }
        }
        return scores;
    }

    private static float[] mixed(KvLayer layer, int headDim, float[] weights, int from, int count) {
        float[] mixed = new float[headDim];
        float[] row = new float[headDim];
        for (int t = 0; t < count; t++) {
            layer.getValue(HEAD, from + t, row, 0);
            for (int d = 0; d < headDim; d++) {
                mixed[d] = Math.fma(row[d], weights[t], mixed[d]);
            }
        }
        return mixed;
    }

    @Test
    void attend_headsOfAnotherWidth() {
        KvLayer layer = filled(DType.F32, 8, 1);
        AttentionQueries queries = new AttentionQueries();
        queries.add(0, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HeadAttention(16).attend(layer, 0, queries, new float[16], new float[16]))
                .withMessage("made for heads of 16, found 8");
    }

    @Test
    void queries_seeLessThanTheOneBefore() {
        AttentionQueries queries = new AttentionQueries();
        assertThatIllegalArgumentException().isThrownBy(() -> queries.add(0, 0));
        queries.add(0, 5);
        assertThatIllegalArgumentException().isThrownBy(() -> queries.add(8, 4));
        queries.clear();
        queries.add(0, 4);
        assertThat(queries.longest()).isEqualTo(4);
    }

    private KvLayer filled(DType type, int headDim, int positions) {
        KvLayer layer = new KvLayer(type, HEADS, headDim, positions, arena);
        layer.reserve(positions);
        for (int position = 0; position < positions; position++) {
            for (int head = 0; head < HEADS; head++) {
                layer.putKey(head, position, Numbers.uniform(31L * position + head, headDim), 0);
                layer.putValue(head, position, Numbers.uniform(-31L * position - head - 1, headDim), 0);
            }
        }
        return layer;
    }

    private static float[] alone(KvLayer layer, int headDim, float[] query, int visible) {
        AttentionQueries queries = new AttentionQueries();
        queries.add(0, visible);
        float[] out = new float[headDim];
        new HeadAttention(headDim).attend(layer, HEAD, queries, query, out);
        return out;
    }

    private static double[] expected(KvLayer layer, int headDim, float[] query, int positions) {
        double[] weights = new double[positions];
        double sum = 0;
        float[] row = new float[headDim];
        for (int t = 0; t < positions; t++) {
            layer.getKey(HEAD, t, row, 0);
            double dot = 0;
            for (int d = 0; d < headDim; d++) {
                dot += (double) row[d] * query[d];
            }
            weights[t] = Math.exp(dot / Math.sqrt(headDim));
            sum += weights[t];
        }
        double[] result = new double[headDim];
        for (int t = 0; t < positions; t++) {
            layer.getValue(HEAD, t, row, 0);
            for (int d = 0; d < headDim; d++) {
                result[d] += weights[t] / sum * row[d];
            }
        }
        return result;
    }
}
