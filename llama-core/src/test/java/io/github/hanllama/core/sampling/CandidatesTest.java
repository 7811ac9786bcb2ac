package io.github.hanllama.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidatesTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 63, 64, 1000})
    void filters_equalSortingEverything(int size) {
        Random random = new Random(size);
        for (int trial = 0; trial < 300; trial++) {
            float[] logits = logits(random, size);
            double temperature = 0.2 + random.nextDouble() * 2;
            int topK = random.nextInt(size + 2);
            double topP = random.nextInt(4) == 0 ? 1 : random.nextDouble();
            double minP = random.nextInt(2) == 0 ? 0 : random.nextDouble() * 0.3;

            Candidates candidates = new Candidates();
            candidates.fill(logits);
            candidates.topK(topK);
            candidates.weigh(temperature);
            candidates.topP(topP);
            candidates.minP(minP);

            assertThat(ids(candidates))
                    .as("%d ids, T %s, k %d, p %s, min %s", size, temperature, topK, topP, minP)
                    .isEqualTo(sorted(logits, temperature, topK, topP, minP));
        }
    }

    @Test
    void topP_zero_keepsTheLowestOfTheLargest() {
        Candidates candidates = weighed(1, 2, 2, 0);
        candidates.topP(0);
        assertThat(ids(candidates)).containsExactly(1);
    }

    @Test
    void topP_keepsTheOneThatCrosses() {
        // probabilities 0.5, 0.25, 0.25: the third is needed only beyond 0.75
        Candidates candidates = weighed((float) Math.log(0.5), (float) Math.log(0.25), (float) Math.log(0.25));
        candidates.topP(0.6);
        assertThat(ids(candidates)).containsExactly(0, 1);
    }

    @Test
    void topK_keepsTiesWithTheLast() {
        Candidates candidates = new Candidates();
        candidates.fill(new float[] {1, 3, 2, 2, 0});
        candidates.topK(2);
        assertThat(ids(candidates)).containsExactly(1, 2, 3);
    }

    @Test
    void fill_leavesOutMaskedIds() {
        Candidates candidates = weighed(1, Float.NEGATIVE_INFINITY, 2);
        assertThat(ids(candidates)).containsExactly(0, 2);
    }

    @Test
    void fill_again_forgetsTheLastStep() {
        Candidates candidates = weighed(1, 2, 3, 4);
        candidates.fill(new float[] {5, 6});
        candidates.weigh(1);
        assertThat(ids(candidates)).containsExactly(0, 1);
        assertThat(candidates.probability(0) + candidates.probability(1)).isEqualTo(1);
    }

    @Test
    void choose_laysIdsSideBySide() {
        Candidates candidates = weighed((float) Math.log(1), (float) Math.log(2), (float) Math.log(1));
        assertThat(candidates.choose(0)).isEqualTo(0);
        assertThat(candidates.choose(0.24)).isEqualTo(0);
        assertThat(candidates.choose(0.26)).isEqualTo(1);
        assertThat(candidates.choose(0.74)).isEqualTo(1);
        assertThat(candidates.choose(0.76)).isEqualTo(2);
        assertThat(candidates.choose(Math.nextDown(1.0))).isEqualTo(2);
    }

    @Test
    void weigh_hugeLogitsAndTinyTemperature_stayFinite() {
        Candidates candidates = weighed(3e38f, -3e38f);
        candidates.weigh(1e-300);
        assertThat(candidates.probability(0)).isEqualTo(1);
        assertThat(candidates.probability(1)).isZero();
    }

    private static Candidates weighed(float... logits) {
        Candidates candidates = new Candidates();
        candidates.fill(logits);
        candidates.weigh(1);
        return candidates;
    }

    /** Half of the time few distinct values, so that ties are everywhere; sometimes masked ids. */
    private static float[] logits(Random random, int size) {
        boolean ties = random.nextBoolean();
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = ties ? random.nextInt(6) : (float) random.nextGaussian() * 4;
            if (id > 0 && random.nextInt(8) == 0) {
                logits[id] = Float.NEGATIVE_INFINITY;
            }
        }
        return logits;
    }

    private static List<Integer> ids(Candidates candidates) {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            ids.add(candidates.id(i));
        }
        return ids;
    }

    private static List<Integer> sorted(float[] logits, double temperature, int topK, double topP, double minP) {
        List<Integer> order = new ArrayList<>();
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] > Float.NEGATIVE_INFINITY) {
                order.add(id);
            }
        }
        order.sort(Comparator.<Integer>comparingDouble(id -> -logits[id]).thenComparing(id -> id));
        if (topK > 0 && topK < order.size()) {
            float last = logits[order.get(topK - 1)];
            order.removeIf(id -> logits[id] < last);
        }
        double largest = logits[order.getFirst()];
        double total = order.stream()
                .mapToDouble(id -> Math.exp((logits[id] - largest) / temperature))
                .sum();
        List<Integer> kept = new ArrayList<>();
        double mass = 0;
        for (int id : order) {
            double weight = Math.exp((logits[id] - largest) / temperature);
            boolean nucleus = topP == 1 || kept.isEmpty() || mass < topP * total;
            mass += weight;
            if (nucleus && weight >= minP) {
                kept.add(id);
            }
        }
        kept.sort(null);
        return kept;
    }
}
