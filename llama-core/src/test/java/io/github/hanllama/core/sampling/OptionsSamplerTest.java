package io.github.hanllama.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsSamplerTest {
    private static final float[] FLAT = {0, 0, 0, 0, 0, 0, 0, 0};
    private static final SamplingOptions RANDOM =
            SamplingOptions.builder().temperature(1).build();

    @Test
    void greedy_ties_takesLowestId() {
        assertThat(Samplers.create(SamplingOptions.GREEDY).apply(new float[] {1, 3, 3, 2}))
                .isEqualTo(1);
    }

    @Test
    void greedy_withPenalty_avoidsWhatOccurred() {
        Sampler sampler = penalizing(options -> options.repetitionPenalty(2));
        sampler.accept(1);
        assertThat(sampler.apply(new float[] {1, 3, 2})).isEqualTo(2);
    }

    @Test
    void penalty_negativeLogits_areMultiplied() {
        Sampler sampler = penalizing(options -> options.repetitionPenalty(2));
        sampler.accept(0);
        assertThat(sampler.apply(new float[] {-1, -1.5f})).isEqualTo(1);
    }

    @Test
    void penalty_idSeenTwice_countsOnce() {
        Sampler sampler = penalizing(options -> options.repetitionPenalty(2));
        sampler.accept(0);
        sampler.accept(0);
        assertThat(sampler.apply(new float[] {3, 1})).isEqualTo(0);
    }

    @Test
    void penalty_idBeyondTheRow_isIgnored() {
        Sampler sampler = penalizing(options -> options.repetitionPenalty(2));
        sampler.accept(100);
        assertThat(sampler.apply(new float[] {3, 1})).isEqualTo(0);
    }

    @Test
    void frequencyPenalty_countsEachTime() {
        Sampler sampler = penalizing(options -> options.frequencyPenalty(1));
        sampler.accept(0);
        assertThat(sampler.apply(new float[] {3, 1.5f})).isEqualTo(0);
        sampler.accept(0);
        assertThat(sampler.apply(new float[] {3, 1.5f})).isEqualTo(1);
    }

    @Test
    void presencePenalty_countsOnce() {
        Sampler sampler = penalizing(options -> options.presencePenalty(1));
        sampler.accept(0);
        sampler.accept(0);
        assertThat(sampler.apply(new float[] {3, 1.5f})).isEqualTo(0);
        assertThat(sampler.apply(new float[] {3, 2.5f})).isEqualTo(1);
    }

    @Test
    void prompt_isPenalizedForRepetitionOnly() {
        Sampler counting = penalizing(options -> options.frequencyPenalty(5).presencePenalty(5));
        counting.acceptPrompt(0, 0);
        assertThat(counting.apply(new float[] {3, 1})).isEqualTo(0);
        Sampler repetition = penalizing(options -> options.repetitionPenalty(5));
        repetition.acceptPrompt(0, 0);
        assertThat(repetition.apply(new float[] {3, 1})).isEqualTo(1);
    }

    @Test
    void logitBias_lifts_lowersAndBans() {
        Sampler sampler = penalizing(options -> options.logitBias(Map.of(0, Float.NEGATIVE_INFINITY, 2, 1.5f)));
        assertThat(sampler.apply(new float[] {9, 2, 1})).isEqualTo(2);
        assertThat(sampler.apply(new float[] {9, 3, 1})).isEqualTo(1);
    }

    @Test
    void logitBias_ofAnIdThatIsNotThere_isRefused() {
        Sampler sampler = penalizing(options -> options.logitBias(Map.of(2, 1f)));
        assertThatThrownBy(() -> sampler.apply(new float[] {0, 0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logitBias names id 2, the last of this model is 1");
    }

    @Test
    void logitBias_everythingBanned_isRefused() {
        Sampler sampler = penalizing(options -> options.logitBias(Map.of(0, Float.NEGATIVE_INFINITY)));
        assertThatThrownBy(() -> sampler.apply(new float[] {0}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no id may come next: every logit is masked or banned");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, 1234567890123L})
    void random_isTheGeneratorItIsDocumentedAs(long seed) {
        SplitMix64 random = new SplitMix64(seed);
        SplittableRandom expected = new SplittableRandom(seed);
        for (int i = 0; i < 1000; i++) {
            assertThat(random.nextDouble()).isEqualTo(expected.nextDouble());
        }
    }

    /** A changed choice here is a changed text for everyone who keeps a seed. */
    @Test
    void seed_fixed_choosesTheseIdsForever() {
        SplittableRandom random = new SplittableRandom(42);
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            expected.add((int) (random.nextDouble() * 8));
        }
        assertThat(run(seeded(42), 20)).isEqualTo(expected);
    }

    @Test
    void seed_absent_differsFromTextToText() {
        assertThat(run(Samplers.create(RANDOM), 64)).isNotEqualTo(run(Samplers.create(RANDOM), 64));
    }

    @Test
    void rollback_restoresRandomNumbersAndPenalties() {
        Sampler sampler = Samplers.create(RANDOM.toBuilder()
                .seed(7)
                .repetitionPenalty(1.5)
                .frequencyPenalty(0.5)
                .presencePenalty(0.5)
                .build());
        run(sampler, 3);
        long mark = sampler.mark();
        List<Integer> first = run(sampler, 20);
        sampler.rollback(mark);
        assertThat(run(sampler, 20)).isEqualTo(first);
    }

    @Test
    void rollback_nested_forgetsLaterMarksOnly() {
        Sampler sampler = seeded(7);
        long outer = sampler.mark();
        List<Integer> first = run(sampler, 5);
        long inner = sampler.mark();
        sampler.rollback(inner);
        sampler.rollback(outer);
        assertThat(run(sampler, 5)).isEqualTo(first);
        sampler.rollback(outer);
        assertThatThrownBy(() -> sampler.rollback(inner))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such mark: 1");
    }

    @Test
    void mark_afterRollback_isNotMistakenForAForgottenOne() {
        Sampler sampler = seeded(7);
        long outer = sampler.mark();
        long forgotten = sampler.mark();
        sampler.rollback(outer);
        sampler.mark();
        assertThatThrownBy(() -> sampler.rollback(forgotten)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void apply_brokenLogit_saysWhichAndWhatToDo(float broken) {
        assertThatThrownBy(() -> Samplers.create(SamplingOptions.GREEDY).apply(new float[] {0, broken}))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("the logit of id 1 is " + broken)
                .hasMessageContaining("verify the files");
    }

    @Test
    void apply_everythingMasked_isRefused() {
        float[] masked = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
        assertThatThrownBy(() -> Samplers.create(RANDOM).apply(masked))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no id may come next: every logit is masked or banned");
    }

    @Test
    void options_outOfRange_areNamed() {
        assertRefused(options -> options.temperature(-1), "temperature must be >= 0, was -1.0");
        assertRefused(options -> options.temperature(Double.NaN), "temperature must be >= 0, was NaN");
        assertRefused(options -> options.topK(-1), "topK must be >= 0, was -1");
        assertRefused(options -> options.topP(1.1), "topP must be between 0 and 1, was 1.1");
        assertRefused(options -> options.minP(-0.1), "minP must be between 0 and 1, was -0.1");
        assertRefused(options -> options.repetitionPenalty(0), "repetitionPenalty must be > 0, was 0.0");
        assertRefused(options -> options.frequencyPenalty(1 / 0.0), "frequencyPenalty must be finite, was Infinity");
        assertRefused(options -> options.presencePenalty(0 / 0.0), "presencePenalty must be finite, was NaN");
        assertRefused(options -> options.typicalP(0), "typicalP must be above 0 and at most 1, was 0.0");
        assertRefused(options -> options.logitBias(Map.of(-1, 1f)), "an id of logitBias must be >= 0, was -1");
        assertRefused(
                options -> options.logitBias(Map.of(5, Float.NaN)),
                "the logitBias of id 5 must be finite or -infinity, was NaN");
    }

    private static void assertRefused(UnaryOperator<SamplingOptionsBuilder> change, String message) {
        assertThatThrownBy(() -> change.apply(RANDOM.toBuilder()).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static Sampler penalizing(UnaryOperator<SamplingOptionsBuilder> change) {
        return Samplers.create(change.apply(SamplingOptions.builder()).build());
    }

    private static Sampler seeded(long seed) {
        return Samplers.create(RANDOM.toBuilder().seed(seed).build());
    }

    private static List<Integer> run(Sampler sampler, int steps) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            int id = sampler.apply(FLAT.clone());
            sampler.accept(id);
            ids.add(id);
        }
        return ids;
    }
}
