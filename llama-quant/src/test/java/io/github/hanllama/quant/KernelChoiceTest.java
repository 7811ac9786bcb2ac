package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
    @Test
    void auto_withModule_takesThePreferredWidth() {
        assertThat(choose(Map.of(), true, 256).bits()).isEqualTo(256);
        assertThat(choose(Map.of(), true, 256).notice()).isEmpty();
    }

    @Test
    void auto_withoutModule_isScalarAndNamesTheFlag() {
        KernelChoice choice = choose(Map.of(), false, 512);
        assertThat(choice.simd()).isFalse();
        assertThat(choice.notice())
                .hasValueSatisfying(notice -> assertThat(notice).contains("--add-modules jdk.incubator.vector"));
    }

    @Test
    void scalar_withModule_isScalarWithoutNotice() {
        KernelChoice choice = choose(Map.of("llama.kernels", "scalar"), true, 512);
        assertThat(choice.simd()).isFalse();
        assertThat(choice.notice()).isEmpty();
    }

    @Test
    void simd_withoutModule_isRefusedWithTheFlag() {
        assertThatThrownBy(() -> choose(Map.of("llama.kernels", "simd"), false, 512))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("--add-modules jdk.incubator.vector");
    }

    @Test
    void bits_narrower_areObeyed() {
        assertThat(choose(Map.of("llama.kernels.bits", "128"), true, 512).bits())
                .isEqualTo(128);
    }

    @Test
    void bits_widerThanTheMachine_areLowered() {
        KernelChoice choice = choose(Map.of("llama.kernels.bits", "512"), true, 256);
        assertThat(choice.bits()).isEqualTo(256);
        assertThat(choice.notice()).isPresent();
    }

    @Test
    void properties_unknownValues_areRefused() {
        assertThatThrownBy(() -> choose(Map.of("llama.kernels.bits", "96"), true, 512))
                .hasMessageContaining("128, 256 or 512, was 96");
        assertThatThrownBy(() -> choose(Map.of("llama.kernels", "fast"), true, 512))
                .hasMessageContaining("auto, scalar or simd, was fast");
    }

    private static KernelChoice choose(Map<String, String> properties, boolean module, int preferred) {
        return KernelChoice.choose(properties::get, module, () -> preferred);
    }
}
