package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.BackendException;
import org.junit.jupiter.api.Test;

class EnginesTest {
    @Test
    void named_known() {
        assertThat(Engines.named("reference").name()).isEqualTo("reference");
    }

    @Test
    void named_unknown() {
        assertThatThrownBy(() -> Engines.named("abacus"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("\"abacus\"")
                .hasMessageContaining("reference");
    }

    @Test
    void available_eachOnce() {
        assertThat(Engines.available())
                .extracting(Engine::name)
                .contains("reference")
                .doesNotHaveDuplicates();
    }
}
