package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    @ParameterizedTest
    @ValueSource(strings = {"auto", "cpu", "cuda:0", "cuda:17"})
    void parse_readsWhatToStringWrites(String text) {
        assertThat(Device.parse(text)).hasToString(text);
    }

    @Test
    void parse_cudaWithoutNumber_isTheFirst() {
        assertThat(Device.parse("cuda")).isEqualTo(new Device.Cuda(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:x", "cuda:99999", "cpu:0", " cpu"})
    void parse_anythingElse_isRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Device.parse(text))
                .withMessage("a device is auto, cpu, cuda or cuda:N, was \"" + text + "\"");
    }

    @Test
    void cuda_negative_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Device.Cuda(-1));
    }
}
