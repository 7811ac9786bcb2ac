package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.Phase;
import java.util.Collections;
import java.util.List;

/** Tokens, numbered from 0, by what they are. */
final class PhaseTokens {
    private final List<Phase> phases; // those there are
    private final int[] all;
    private final int[] prompt;
    private final int[] generated;

    /** @param phases of each token, of which there is at least one */
    PhaseTokens(List<Phase> phases) {
        all = new int[phases.size()];
        generated = new int[Collections.frequency(phases, Phase.GENERATED)];
        prompt = new int[all.length - generated.length];
        int prompts = 0;
        for (int token = 0; token < all.length; token++) {
            all[token] = token;
            switch (phases.get(token)) {
                case PROMPT -> prompt[prompts++] = token;
                case GENERATED -> generated[token - prompts] = token;
            }
        }
        this.phases = prompt.length == 0
                ? List.of(Phase.GENERATED)
                : generated.length == 0 ? List.of(Phase.PROMPT) : List.of(Phase.PROMPT, Phase.GENERATED);
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
