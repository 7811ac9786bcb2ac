package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodecBenchmarkTest {
    /** Errors are those of the bits a type has: the numbers lie between -0.04 and 0.04. */
    @ParameterizedTest
    @CsvSource({
        "F32, 0",
        "F16, 2e-5",
        "BF16, 1.3e-4",
        "Q8_0, 2e-4",
        "Q4_0, 6e-3",
        "Q4_1, 3e-3",
        "Q5_0, 3e-3",
        "Q5_1, 2e-3",
        "Q2_K, 2e-2",
        "Q3_K, 1.5e-2",
        "Q4_K, 5e-3",
        "Q5_K, 3e-3",
        "Q6_K, 2e-3"
    })
    void codec_thereAndBack_losesWhatTheTypeDoes(DType type, float error) {
        CodecBenchmark benchmark = new CodecBenchmark();
        benchmark.type = type;
        benchmark.weights = 512;
        benchmark.fill();
        Numbers work = new Numbers();

        MemorySegment stored = benchmark.quantizeSimd(work);
        byte[] bytes = stored.toArray(ValueLayout.JAVA_BYTE);
        stored.fill((byte) 0);
        assertThat(benchmark.quantizeScalar(work).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(bytes);
        assertThat(benchmark.dequantizeSimd(work)).containsExactly(RandomFloats.within(0.04f, 512), within(error));
        assertThat(benchmark.dequantizeScalar(work)).containsExactly(RandomFloats.within(0.04f, 512), within(error));
        assertThat(work.gigabytes).isCloseTo(4 * bytes.length / 1e9, within(1e-15));
        assertThat(work.giganumbers).isCloseTo(4 * 512 / 1e9, within(1e-15));
        benchmark.free();
    }

    @ParameterizedTest
    @CsvSource({"F32, 2048", "Q4_0, 256"})
    void read_countsWhatItReads(DType type, int bytes) {
        CodecBenchmark benchmark = new CodecBenchmark();
        benchmark.type = type;
        benchmark.weights = 512;
        benchmark.fill();
        Numbers work = new Numbers();
        MemorySegment stored = benchmark.quantizeScalar(new Numbers());
        assertThat(benchmark.read(work)).isEqualTo(Words.xor(stored, bytes));
        assertThat(work.gigabytes).isEqualTo(bytes / 1e9);
        benchmark.free();
    }
}
