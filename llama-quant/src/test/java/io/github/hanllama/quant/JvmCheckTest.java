package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JvmCheckTest {
    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.2", "25.0.2+10-LTS"})
    void warning_olderThanTheFloor_namesIt(String version) {
        assertThat(JvmCheck.warningFor(Runtime.Version.parse(version)))
                .hasValueSatisfying(
                        warning -> assertThat(warning).contains(version).contains("25.0.3"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"25.0.3", "25.0.3+9-LTS", "25.1", "26-ea+3"})
    void warning_floorAndLater_none(String version) {
        assertThat(JvmCheck.warningFor(Runtime.Version.parse(version))).isEmpty();
    }
}
