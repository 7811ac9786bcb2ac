package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptFormTest {
    private final List<String> notices = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({"true, INT8_MANY", "false, F32"})
    void auto_onlyWhereLanesOf16BitsAreFaster(boolean amd, InputForm expected) {
        assertThat(PromptForm.choose(Map.<String, String>of()::get, amd, notices::add))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"f32, F32", "int8, INT8_MANY"})
    void asked_isObeyedAnywhere(String asked, InputForm expected) {
        for (boolean amd : new boolean[] {false, true}) {
            assertThat(PromptForm.choose(Map.of("llama.kernels.prompts", asked)::get, amd, notices::add))
                    .isEqualTo(expected);
        }
    }

    @Test
    void asked_anythingElse_isNamedAndLeftOut() {
        assertThat(PromptForm.choose(Map.of("llama.kernels.prompts", "fast")::get, true, notices::add))
                .isEqualTo(InputForm.INT8_MANY);
        assertThat(notices)
                .containsExactly("-Dllama.kernels.prompts must be auto, f32 or int8, was fast; taking auto.");
    }
}
