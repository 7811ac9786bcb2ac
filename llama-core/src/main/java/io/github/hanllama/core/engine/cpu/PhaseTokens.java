package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.Phase;
import java.util.List;
import java.util.stream.IntStream;

/** Tokens, numbered from 0, by what they are. */
final class PhaseTokens {
    private final List<Phase> phases; // those there are
    private final int[] all;
    private final int[] prompt;
    private final int[] generated;

    /** @param phases of each token, of which there is at least one */
    PhaseTokens(List<Phase> phases) {
        this.phases = phases.stream().distinct().toList();
        this.all = IntStream.range(0, phases.size()).toArray();
        this.prompt = of(phases, Phase.PROMPT);
        this.generated = of(phases, Phase.GENERATED);
    }

    private static int[] of(List<Phase> phases, Phase phase) {
        return IntStream.range(0, phases.size())
                .filter(token -> phases.get(token) == phase)
                .toArray();
    }

    /** Those that some token is of. */
    List<Phase> phases() {
        return phases;
    }

    /** All tokens, not copied. */
    int[] all() {
        return all;
    }

    /** Those of a phase, not copied. */
    int[] of(Phase phase) {
        return switch (phase) {
            case PROMPT -> prompt;
            case GENERATED -> generated;
        };
    }
}
