package io.github.hanllama.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorFlagsTest {
    @ParameterizedTest
    @CsvSource({
        "flags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile, true",
        "flags\t\t: fpu amx_bf16, true",
        "Features\t: fp asimd i8mm bf16, true",
        "flags\t\t: fpu avx2 avx512f avx512_vnni, false",
        "model name\t: bf16, false"
    })
    void multipliesBf16_onlyWhereTheProcessorSaysSo(String line, boolean expected) {
        assertThat(ProcessorFlags.fast(List.of("processor\t: 0", line.replace("\\t", "\t")))
                        .contains(TorchType.BF16))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "flags : fpu avx2 avx512f avx512_vnni, true",
        "flags : fpu avx2 avx_vnni, true",
        "flags : fpu avx2 avx512f, false",
        "model name : avx512_vnni, false"
    })
    void multipliesInt8_onlyWhereTheProcessorSaysSo(String line, boolean expected) {
        assertThat(ProcessorFlags.fast(List.of(line)).contains(TorchType.INT8)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"flags : fpu avx2, true", "flags : fpu avx, false", "Features : asimd bf16 i8mm, false"})
    void multipliesInt4_onlyWhereLibtorchIsVectorized(String line, boolean expected) {
        assertThat(ProcessorFlags.fast(List.of(line)).contains(TorchType.INT4)).isEqualTo(expected);
    }
}
