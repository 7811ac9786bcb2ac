package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every target reads its seeds, without Jazzer: of each some are used, and none does anything undocumented. */
class SeedsTest {
    static List<String> targets() {
        return List.copyOf(Targets.names());
    }

    @ParameterizedTest
    @MethodSource("targets")
    void seed_isUsedOrRefused(String name) {
        FuzzTarget target = Targets.named(name);
        SequencedMap<String, byte[]> seeds = Seeds.of(name, target);
        List<String> used = new ArrayList<>();
        seeds.forEach((seed, bytes) -> {
            try {
                if (Trial.run(target, bytes) == Trial.Outcome.USED) {
                    used.add(seed);
                }
            } catch (Throwable e) {
                throw new AssertionError(name + ": seed " + seed, e);
            }
        });
        System.out.printf("%s: %d seeds, %d of them used%n", name, seeds.size(), used.size());
        assertThat(used).isNotEmpty();
        Trial.run(target, new byte[0]);
    }
}
