package io.github.hanllama.core;

import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.error.BackendException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/** Which engine runs a model. The engine is looked up when the model is loaded. */
public final class EngineChoice {
    /** The fastest engine of this installation. */
    public static final EngineChoice AUTO = new EngineChoice("auto", () -> fastest(available()));

    private static final System.Logger LOG = System.getLogger(EngineChoice.class.getPackageName());
    private static final List<String> FASTEST_FIRST = List.of("java", "reference");

    private final String description;
    private final Supplier<Engine> lookup;

    private EngineChoice(String description, Supplier<Engine> lookup) {
        this.description = description;
        this.lookup = lookup;
    }

    /** The engine of that name; loading fails when there is none. */
    public static EngineChoice named(String name) {
        return new EngineChoice(name, () -> named(name, available()));
    }

    /** This engine. */
    public static EngineChoice of(Engine engine) {
        return new EngineChoice(engine.name(), () -> engine);
    }

    Engine engine() {
        Engine engine = lookup.get();
        LOG.log(Level.INFO, "engine {0} ({1})", engine.name(), this == AUTO ? "the fastest there is" : "as asked");
        return engine;
    }

    static List<Engine> available() {
        return ServiceLoader.load(Engine.class, EngineChoice.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private static Engine named(String name, List<Engine> available) {
        return available.stream()
                .filter(engine -> engine.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new BackendException("no engine is named \"" + name + "\""));
    }

    static Engine fastest(List<Engine> available) {
        for (String name : FASTEST_FIRST) {
            for (Engine engine : available) {
                if (engine.name().equals(name)) {
                    return engine;
                }
            }
        }
        if (available.isEmpty()) {
            throw new BackendException("no engine is installed; add the module that brings one");
        }
        return available.getFirst();
    }

    @Override
    public String toString() {
        return description;
    }
}
