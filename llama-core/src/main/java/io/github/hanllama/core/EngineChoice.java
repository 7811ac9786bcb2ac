package io.github.hanllama.core;

import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.error.BackendException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which engine runs a model. Engines are looked up when a model is loaded, not before. */
public final class EngineChoice {
    /** The fastest engine of this installation that runs on the device: with a graphics processor that works, the one for it. */
    public static final EngineChoice AUTO =
            new EngineChoice("the fastest installed", device -> fastest(Engines.available(), device));

    private static final List<String> FASTEST_FIRST = List.of("java", "reference");

    private final String reason;
    private final Function<Device, Engine> lookup;

    private EngineChoice(String reason, Function<Device, Engine> lookup) {
        this.reason = reason;
        this.lookup = lookup;
    }

    /** The engine of that name; loading fails when there is none. */
    public static EngineChoice named(String name) {
        return new EngineChoice("as asked", device -> Engines.named(name));
    }

    /** This engine, registered or not. */
    public static EngineChoice of(Engine engine) {
        return new EngineChoice("as given", device -> engine);
    }

    /** @throws BackendException when it does not run on that device */
    Engine engine(Device device) {
        Engine engine = lookup.apply(device);
        if (!engine.runsOn(device)) {
            throw new BackendException("the " + engine.name() + " engine does not run on " + device + "; "
                    + engine.status().sentence() + "; choose another engine, or the device cpu");
        }
        return engine;
    }

    /** Why it is that one, for the log. */
    String reason() {
        return reason;
    }

    static Engine fastest(List<Engine> available, Device device) {
        if (available.isEmpty()) {
            throw new BackendException("no engine is installed; add the module that brings one");
        }
        List<Engine> able =
                available.stream().filter(engine -> engine.runsOn(device)).toList();
        return able.stream()
                .filter(engine -> !device.equals(Device.CPU) && engine.accelerated())
                .findFirst()
                .or(() -> first(able))
                .orElseThrow(() -> new BackendException("no engine runs on " + device + ": "
                        + available.stream()
                                .map(engine -> engine.status().sentence())
                                .collect(Collectors.joining("; "))));
    }

    private static Optional<Engine> first(List<Engine> engines) {
        return FASTEST_FIRST.stream()
                .flatMap(name -> engines.stream().filter(engine -> engine.name().equals(name)))
                .findFirst()
                .or(() -> engines.stream().findFirst());
    }
}
