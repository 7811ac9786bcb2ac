package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LowRankUpdateTest {
    private final LowRankUpdate update =
            LowRankUpdate.of(new float[] {1, 2, 3, 4, 5, 6}, new float[] {1, 0, 10, 0, 1, 100}, 2, 2);

    @Test
    void addTo_someRows_addsTheirProduct() {
        float[] tile = {0.5f, 0, 0, 0, 0, 0.5f, 9};
        update.addTo(tile, 1, 2);
        assertThat(tile).containsExactly(6.5f, 8, 860, 10, 12, 1300.5f, 9);
    }

    @Test
    void sizes_followTheFactors() {
        assertThat(update.rows()).isEqualTo(3);
        assertThat(update.columns()).isEqualTo(3);
    }

    @Test
    void of_rankThatDoesNotDivide_isRefused() {
        assertThatThrownBy(() -> LowRankUpdate.of(new float[3], new float[4], 2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rank must divide both factors, was 2");
    }

    @Test
    void addTo_outside_isRefused() {
        assertThatThrownBy(() -> update.addTo(new float[6], 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> update.addTo(new float[5], 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
