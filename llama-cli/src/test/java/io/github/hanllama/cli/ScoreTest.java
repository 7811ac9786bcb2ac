package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScoreTest {
    @Test
    void top_bestFirst_lowerIdFirstAmongEquals() {
        Score score = new Score(2, 1, new float[] {1, 5, 3, 5, -1});

        assertThat(score.top(3)).containsExactly(1, 3, 2);
        assertThat(score.top(9)).containsExactly(1, 3, 2, 0, 4);
    }

    @Test
    void top_tieAtTheCut_keepsTheLowerId() {
        assertThat(new Score(2, 1, new float[] {2, 2, 2}).top(2)).containsExactly(0, 1);
    }

    @Test
    void perplexity_isPerPredictedToken() {
        assertThat(new Score(3, 2 * Math.log(7), new float[0]).perplexity().orElseThrow())
                .isEqualTo(7, within(1e-12));
    }

    @Test
    void perplexity_singleId_isUndefined() {
        assertThat(new Score(1, 0, new float[0]).perplexity()).isEmpty();
    }

    @Test
    void logProbability_isStableForLargeLogits() {
        float[] logits = {1000, 1000 - (float) Math.log(3), -1000};

        assertThat(Scorer.logProbability(logits, 0)).isEqualTo(Math.log(0.75), within(1e-4));
        assertThat(Scorer.logProbability(logits, 2)).isEqualTo(-2000 + Math.log(0.75), within(1e-4));
    }
}
