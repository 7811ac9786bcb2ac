package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import io.github.hanllama.quant.StoredFloats;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackBenchmarkTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "Q4_0", "Q6_K"})
    void pack_twice_isTheStoredMatrix(DType type) {
        PackBenchmark benchmark = new PackBenchmark();
        benchmark.type = type;
        benchmark.rows = 70;
        benchmark.columns = 256;
        benchmark.fill();
        Numbers work = new Numbers();
        benchmark.pack(work);
        PackedMatrix matrix = benchmark.pack(work);
        float[] expected = new float[256];
        float[] actual = new float[256];
        for (int row = 0; row < 70; row++) {
            StoredFloats.read(type, benchmark.stored(), row * type.bytes(256), expected, 0, 256);
            matrix.readRow(row, actual, 0);
            assertThat(actual).isEqualTo(expected);
        }
        assertThat(work.gigabytes).isEqualTo(2 * type.bytes(70 * 256) / 1e9);
        assertThat(work.giganumbers).isEqualTo(2 * 70 * 256 / 1e9);
        assertThat(benchmark.copy(work).mismatch(benchmark.stored())).isEqualTo(-1);
        assertThat(benchmark.read(work))
                .isEqualTo(Words.xor(benchmark.stored(), PlainRead.bytes(type.bytes(70 * 256))));
        benchmark.free();
    }
}
