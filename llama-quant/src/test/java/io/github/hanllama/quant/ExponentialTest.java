package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExponentialTest {
    @Test
    void exp_everywhere_isWithinOneUlp() {
        double worst = 0;
        for (int i = 0; i <= 1_000_000; i++) {
            float x = Exponential.LOWEST + i * ((Exponential.HIGHEST - Exponential.LOWEST) / 1_000_000);
            double exact = Math.exp(x);
            worst = Math.max(worst, Math.abs(Exponential.exp(x) - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThan(1);
    }

    @Test
    void exp_corners() {
        assertThat(Exponential.exp(0f)).isEqualTo(1);
        assertThat(Exponential.exp(-0f)).isEqualTo(1);
        assertThat(Exponential.exp(Float.MIN_VALUE)).isEqualTo(1);
        assertThat(Exponential.exp(Float.NaN)).isNaN();
        assertThat(Exponential.exp(Float.NEGATIVE_INFINITY))
                .isEqualTo(Exponential.exp(-87))
                .isPositive();
        assertThat(Exponential.exp(Float.MAX_VALUE))
                .isEqualTo(Exponential.exp(88))
                .isFinite();
    }
}
