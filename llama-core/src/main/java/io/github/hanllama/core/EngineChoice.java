package io.github.hanllama.core;

import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.error.BackendException;
import java.util.List;
import java.util.function.Supplier;

/** Which engine runs a model. Engines are looked up when a model is loaded, not before. */
public final class EngineChoice {
    /** The fastest engine of this installation. */
    public static final EngineChoice AUTO =
            new EngineChoice("the fastest installed", () -> fastest(Engines.available()));

    private static final List<String> FASTEST_FIRST = List.of("java", "reference");

    private final String reason;
    private final Supplier<Engine> lookup;

    private EngineChoice(String reason, Supplier<Engine> lookup) {
        this.reason = reason;
        this.lookup = lookup;
    }

    /** The engine of that name; loading fails when there is none. */
    public static EngineChoice named(String name) {
        return new EngineChoice("as asked", () -> Engines.named(name));
    }

    /** This engine, registered or not. */
    public static EngineChoice of(Engine engine) {
        return new EngineChoice("as given", () -> engine);
    }

    Engine engine() {
        return lookup.get();
    }

    /** Why it is that one, for the log. */
    String reason() {
        return reason;
    }

    static Engine fastest(List<Engine> available) {
        for (String name : FASTEST_FIRST) {
            for (Engine engine : available) {
                if (engine.name().equals(name)) {
                    return engine;
                }
            }
        }
        return available.stream()
                .findFirst()
                .orElseThrow(() -> new BackendException("no engine is installed; add the module that brings one"));
    }
}
