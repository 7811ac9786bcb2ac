package io.github.hanllama.core.engine;

import io.github.hanllama.core.error.BackendException;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * The engines of this installation, from the class path or the module path.
 *
 * <pre>{@code
 * LanguageModel model = Engines.named("java").load(checkpoint, EngineOptions.defaults());
 * }</pre>
 */
public final class Engines {
    private Engines() {}

    /** @throws BackendException when no engine has this name; the message lists those there are */
    public static Engine named(String name) {
        Map<String, Engine> engines = byName();
        Engine engine = engines.get(name);
        if (engine == null) {
            throw new BackendException("no engine is named \"" + name + "\"; expected one of " + engines.keySet()
                    + ", or add the module that brings it");
        }
        return engine;
    }

    /** Every engine, by name. */
    public static List<Engine> available() {
        return List.copyOf(byName().values());
    }

    /** The library's own loader first: a container's context loader may know more, or nothing. */
    private static Map<String, Engine> byName() {
        Map<String, Engine> engines = new TreeMap<>();
        collect(ServiceLoader.load(Engine.class, Engines.class.getClassLoader()), engines);
        collect(ServiceLoader.load(Engine.class), engines);
        return engines;
    }

    private static void collect(ServiceLoader<Engine> loader, Map<String, Engine> engines) {
        for (Engine engine : loader) {
            engines.putIfAbsent(engine.name(), engine);
        }
    }
}
