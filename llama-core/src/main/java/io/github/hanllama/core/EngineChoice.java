package io.github.hanllama.core;

import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.error.BackendException;
import java.lang.System.Logger.Level;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which engine runs a model. Engines are looked up when a model is loaded, not before. */
public final class EngineChoice {
    /**
     * The fastest engine of this installation for the model: one for graphics processors where one works; one that is known to be
     * faster on this processor, if what it takes with a text of the whole context fits {@link LlamaBuilder#maxMemory}, or half
     * of the memory of the machine; else {@code java}. Where one fails to load the next is tried, and the log says so.
     */
    public static final EngineChoice AUTO =
            new EngineChoice("the fastest installed", task -> fastest(Engines.available(), task));

    /**
     * As {@link #AUTO}, for a process that writes a few texts and ends: no engine that is faster on the processor but takes
     * longer to load than that would gain.
     */
    public static final EngineChoice SHORT_LIVED =
            new EngineChoice("the fastest that loads at once", task -> atOnce(Engines.available(), task));

    private static final System.Logger LOG = System.getLogger(EngineChoice.class.getPackageName());
    private static final List<String> FASTEST_FIRST = List.of("java", "reference");

    private final String reason;
    private final Function<EngineTask, List<Engine>> lookup;

    private EngineChoice(String reason, Function<EngineTask, List<Engine>> lookup) {
        this.reason = reason;
        this.lookup = lookup;
    }

    /** The engine of that name; loading fails when there is none. */
    public static EngineChoice named(String name) {
        return new EngineChoice("as asked", task -> List.of(Engines.named(name)));
    }

    /** This engine, registered or not. */
    public static EngineChoice of(Engine engine) {
        return new EngineChoice("as given", task -> List.of(engine));
    }

    /**
     * The one to take, and behind it those to try where it fails to load.
     *
     * @throws BackendException when none runs on that device
     */
    List<Engine> engines(EngineTask task) {
        List<Engine> engines = lookup.apply(task);
        Engine first = engines.getFirst();
        if (!first.runsOn(task.device())) {
            throw new BackendException("the " + first.name() + " engine does not run on " + task.device() + "; "
                    + first.status().sentence() + "; choose another engine, or the device cpu");
        }
        return engines;
    }

    /**
     * Loads with the one to take, or with the next of those behind it where one fails.
     *
     * @param planned the name of the one to begin with, when a plan has chosen it
     */
    LanguageModel load(EngineTask task, Optional<String> planned) {
        return load(
                engines(task).stream()
                        .dropWhile(engine -> !planned.orElse(engine.name()).equals(engine.name()))
                        .iterator(),
                task);
    }

    static LanguageModel load(Iterator<Engine> engines, EngineTask task) {
        while (true) {
            Engine next = engines.next();
            try {
                return next.load(task.checkpoint(), task.options());
            } catch (BackendException e) {
                if (!engines.hasNext()) {
                    throw e;
                }
                LOG.log(Level.WARNING, "the {0} engine could not be used: {1}", next.name(), e.getMessage());
            }
        }
    }

    /** Why it is that one, for the log. */
    String reason() {
        return reason;
    }

    static List<Engine> fastest(List<Engine> available, EngineTask task) {
        return choose(available, task, engine -> gains(engine, task));
    }

    static List<Engine> atOnce(List<Engine> available, EngineTask task) {
        return choose(available, task, engine -> false);
    }

    private static List<Engine> choose(List<Engine> available, EngineTask task, Predicate<Engine> gains) {
        if (available.isEmpty()) {
            throw new BackendException("no engine is installed; add the module that brings one");
        }
        List<Engine> able = available.stream()
                .filter(engine -> engine.runsOn(task.device()))
                .toList();
        if (able.isEmpty()) {
            throw new BackendException("no engine runs on " + task.device() + ": "
                    + available.stream()
                            .map(engine -> engine.status().sentence())
                            .collect(Collectors.joining("; ")));
        }
        List<Engine> engines = Stream.of(
                        able.stream().filter(engine -> accelerates(engine, task.device())),
                        able.stream().filter(gains),
                        plain(able).stream())
                .flatMap(Function.identity())
                .distinct()
                .toList();
        return engines.isEmpty() ? List.of(able.getFirst()) : engines;
    }

    private static boolean accelerates(Engine engine, Device device) {
        return !device.equals(Device.CPU) && engine.accelerated();
    }

    private static boolean gains(Engine engine, EngineTask task) {
        return !(task.device() instanceof Device.Cuda)
                && engine.preferred(task.checkpoint(), task.options())
                && engine.memory(task.checkpoint(), task.options()).stream()
                        .findFirst()
                        .filter(memory -> fits(memory, task))
                        .isPresent();
    }

    private static boolean fits(MemoryEstimate memory, EngineTask task) {
        return memory.peakBytes(task.context()) <= task.memoryBytes()
                && memory.cacheBytes(task.context()) <= task.options().maxKvBytes();
    }

    private static Optional<Engine> plain(List<Engine> engines) {
        return FASTEST_FIRST.stream()
                .flatMap(name -> engines.stream().filter(engine -> engine.name().equals(name)))
                .findFirst();
    }
}
