package io.github.hanllama.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;

class ExpTest {
    @Test
    void exp_everywhere_agreesWithStrictMath() {
        double worst = 0;
        for (double x = 0; x > -708; x -= 0.00371) {
            double expected = StrictMath.exp(x);
            worst = Math.max(worst, Math.abs(Exp.exp(x) - expected) / expected);
        }
        assertThat(worst).isLessThan(1e-14);
    }

    @Test
    void exp_atTheEnds() {
        assertThat(Exp.exp(0)).isEqualTo(1);
        assertThat(Exp.exp(-0.0)).isEqualTo(1);
        assertThat(Exp.exp(-708)).isCloseTo(StrictMath.exp(-708), withinPercentage(1e-10));
        assertThat(Exp.exp(Math.nextDown(-708.0))).isZero();
        assertThat(Exp.exp(Double.NEGATIVE_INFINITY)).isZero();
    }
}
