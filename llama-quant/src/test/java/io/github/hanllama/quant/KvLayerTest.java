package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KvLayerTest {
    private static final int HEADS = 3;
    private static final int POSITIONS = 330; // of runs of each length, the last one cut short

    private final Arena arena = Arena.ofAuto();

    @ParameterizedTest(name = "{0}, headDim {1}")
    @CsvSource({
        "F32, 1",
        "F32, 16",
        "F32, 64",
        "F32, 100",
        "F32, 128",
        "F16, 1",
        "F16, 64",
        "F16, 100",
        "Q8_0, 1",
        "Q8_0, 31",
        "Q8_0, 64",
        "Q8_0, 100",
        "Q8_0, 128"
    })
    void get_isWhatWasPutRoundedToTheType(DType type, int headDim) {
        KvLayer layer = filled(type, headDim);
        float[] row = new float[headDim + 1];
        for (int position = 0; position < POSITIONS; position++) {
            for (int head = 0; head < HEADS; head++) {
                layer.getKey(head, position, row, 1);
                Numbers.assertSameBits(tail(row), rounded(type, key(head, position, headDim)));
                layer.getValue(head, position, row, 1);
                Numbers.assertSameBits(tail(row), rounded(type, value(head, position, headDim)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "Q8_0"})
    void put_whatWasGot_sameBits(DType type) {
        int headDim = 80;
        KvLayer layer = filled(type, headDim);
        KvLayer again = new KvLayer(type, HEADS, headDim, POSITIONS, arena);
        again.reserve(POSITIONS);
        float[] first = new float[headDim];
        float[] second = new float[headDim];
        for (int position = 0; position < POSITIONS; position++) {
            layer.getKey(0, position, first, 0);
            again.putKey(0, position, first, 0);
            again.getKey(0, position, second, 0);
            Numbers.assertSameBits(second, first);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "Q8_0"})
    void put_notANumber_isGot(DType type) {
        KvLayer layer = new KvLayer(type, 1, 64, 1, arena);
        layer.reserve(1);
        float[] row = Numbers.uniform(1, 64);
        row[5] = Float.NaN;
        layer.putValue(0, 0, row, 0);
        layer.getValue(0, 0, row, 0);
        assertThat(row[5]).isNaN();
        assertThat(row[32]).isNotNaN();
    }

    @ParameterizedTest(name = "{0}, {1} positions to a layer for {2}")
    @CsvSource({"F32, 50, 50", "F16, 200, 1000", "Q8_0, 330, 330", "F32, 300, 2000", "Q8_0, 257, 300"})
    void copyFrom_hasItsOwnNumbers(DType type, int positions, int capacity) {
        KvLayer layer = filled(type, 40);
        KvLayer copy = new KvLayer(type, HEADS, 40, capacity, arena);
        copy.copyFrom(layer, positions);
        layer.putValue(2, positions - 1, new float[40], 0);
        float[] row = new float[40];
        for (int position = 0; position < positions; position++) {
            for (int head = 0; head < HEADS; head++) {
                copy.getKey(head, position, row, 0);
                Numbers.assertSameBits(row, rounded(type, key(head, position, 40)));
                copy.getValue(head, position, row, 0);
                Numbers.assertSameBits(row, rounded(type, value(head, position, 40)));
            }
        }
    }

    @ParameterizedTest(name = "{0} of {1} positions take {2} blocks")
    @CsvSource({
        "1, 4096, 1",
        "33, 4096, 2",
        "65, 4096, 4",
        "129, 4096, 8",
        "256, 4096, 8",
        "257, 4096, 16",
        "600, 4096, 24",
        "70, 70, 3",
        "300, 301, 10",
        "600, 600, 19"
    })
    void reserve_grows_neverBeyondItsCapacity(int positions, int capacity, int blocks) {
        CountingArena counting = new CountingArena(arena);
        KvLayer layer = new KvLayer(DType.F32, HEADS, 64, capacity, counting);
        for (int position = 1; position <= positions; position++) {
            layer.reserve(position);
        }
        assertThat(counting.bytes()).isEqualTo(KvLayer.byteSize(DType.F32, HEADS, 64, 32 * blocks));
    }

    @Test
    void reserve_moreThanItsCapacity() {
        KvLayer layer = new KvLayer(DType.F32, 1, 64, 40, arena);
        layer.reserve(64);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layer.reserve(65))
                .withMessage("made for 2 blocks of 32 positions, found 65 positions");
    }

    @ParameterizedTest(name = "{0}, headDim {1}: {2} bytes")
    @CsvSource({"F32, 64, 2048", "F16, 64, 1024", "Q8_0, 64, 544", "F32, 16, 768", "Q8_0, 80, 752"})
    void byteSize_perPosition(DType type, int headDim, int bytes) {
        assertThat(KvLayer.byteSize(type, 4, headDim, 32)).isEqualTo(32 * bytes);
        assertThat(KvLayer.byteSize(type, 4, headDim, 33)).isEqualTo(64 * bytes);
    }

    @Test
    void type_notForKeysAndValues() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KvLayer(DType.Q4_0, 1, 32, 1, arena))
                .withMessage("keys and values are kept in F32, F16 or Q8_0, not in Q4_0");
    }

    private static float[] tail(float[] row) {
        return Arrays.copyOfRange(row, 1, row.length);
    }

    /** By way of the stored form of a row, padded to whole blocks. */
    private static float[] rounded(DType type, float[] row) {
        float[] padded = Arrays.copyOf(row, Math.ceilDiv(row.length, 32) * 32);
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(padded.length)]);
        if (type == DType.Q8_0) {
            BlockCodec.of(type).quantize(padded, 0, padded.length, stored, 0);
            BlockCodec.of(type).dequantize(stored, 0, padded, 0, padded.length);
        } else {
            StoredFloats.write(type, padded, 0, padded.length, stored, 0);
            StoredFloats.read(type, stored, 0, padded, 0, padded.length);
        }
        return Arrays.copyOf(padded, row.length);
    }

    private KvLayer filled(DType type, int headDim) {
        KvLayer layer = new KvLayer(type, HEADS, headDim, POSITIONS, arena);
        layer.reserve(POSITIONS);
        for (int position = 0; position < POSITIONS; position++) {
            for (int head = 0; head < HEADS; head++) {
                layer.putKey(head, position, key(head, position, headDim), 0);
                layer.putValue(head, position, value(head, position, headDim), 0);
            }
        }
        return layer;
    }

    private static float[] key(int head, int position, int headDim) {
        return Numbers.uniform(1000L * position + head, headDim);
    }

    private static float[] value(int head, int position, int headDim) {
        return Numbers.uniform(1000L * position + head + 500, headDim);
    }
}
