package io.github.hanllama.core.engine.hybrid;

import io.github.hanllama.core.engine.Engine;

/** Joins any two engines for tests of other packages. */
public final class HybridEngines {
    private HybridEngines() {}

    public static Engine of(Engine prompts, Engine generated) {
        return new HybridEngine(prompts, () -> generated);
    }
}
