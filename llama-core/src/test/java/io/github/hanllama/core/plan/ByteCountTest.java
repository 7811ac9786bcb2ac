package io.github.hanllama.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteCountTest {
    @ParameterizedTest
    @CsvSource({
        "6G, 6000000000",
        "5.5 GB, 5500000000",
        "800m, 800000000",
        "6Gi, 6442450944",
        "1.5GiB, 1610612736",
        "12345, 12345",
        "7 kB, 7000",
        "2T, 2000000000000"
    })
    void parse_whatPeopleWrite(String text, long bytes) {
        assertThat(ByteCount.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1G", "6X", "6GG", "1e9", "1,5G", "9999999999999999G"})
    void parse_anythingElse(String text) {
        assertThatThrownBy(() -> ByteCount.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a size must be like 6G, 800M or 5.5GiB, was " + text);
    }
}
