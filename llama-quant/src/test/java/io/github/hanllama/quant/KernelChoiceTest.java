package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
    private final List<String> notices = new ArrayList<>();

    @Test
    void auto_withModule_takesThePreferredWidth() {
        assertThat(choose(Map.of(), true, 256).bits()).isEqualTo(256);
        assertThat(notices).isEmpty();
    }

    @Test
    void auto_withoutModule_isScalarAndNamesTheFlag() {
        KernelChoice choice = choose(Map.of(), false, 512);
        assertThat(choice.simd()).isFalse();
        assertThat(notices).singleElement().asString().contains("--add-modules jdk.incubator.vector");
    }

    @Test
    void scalar_withModule_isScalarWithoutNotice() {
        KernelChoice choice = choose(Map.of("llama.kernels", "scalar"), true, 512);
        assertThat(choice.simd()).isFalse();
        assertThat(notices).isEmpty();
    }

    @Test
    void simd_withoutModule_isScalarAndNamesTheFlag() {
        assertThat(choose(Map.of("llama.kernels", "simd"), false, 512).simd()).isFalse();
        assertThat(notices).singleElement().asString().contains("--add-modules jdk.incubator.vector");
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
        assertThat(notices).singleElement().asString().contains("wider than this machine");
    }

    @Test
    void properties_unknownValues_areNamedAndLeftOut() {
        Map<String, String> asked = Map.of("llama.kernels", "fast", "llama.kernels.bits", "96");
        assertThat(choose(asked, true, 512).bits()).isEqualTo(512);
        assertThat(notices)
                .containsExactly(
                        "-Dllama.kernels must be auto, scalar or simd, was fast; taking auto.",
                        "-Dllama.kernels.bits must be 128, 256 or 512, was 96; using 512 bits.");
    }

    private KernelChoice choose(Map<String, String> properties, boolean module, int preferred) {
        return KernelChoice.choose(properties::get, module, () -> preferred, notices::add);
    }
}
