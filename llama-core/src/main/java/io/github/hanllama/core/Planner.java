package io.github.hanllama.core;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.plan.ByteCount;
import io.github.hanllama.core.plan.LoadChoice;
import io.github.hanllama.core.plan.LoadPlan;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.core.source.Delivery;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/**
 * Adds to a {@link FitCheck} what it costs to load: disk, memory of every way, and the way that would be taken.
 *
 * @param options but for the type of caches
 * @param recipe when the user named one; likewise the next
 * @param maxBytes what the process may take
 * @param machineBytes what this machine has
 */
record Planner(
        EngineChoice engine,
        EngineOptions options,
        Optional<QuantRecipe> recipe,
        Optional<DType> kvType,
        OptionalInt context,
        OptionalLong maxBytes,
        OptionalLong machineBytes) {
    /** Never taken for its speed, nor proposed. */
    private static final String REFERENCE = "reference";
    /** What a download is refused for must be free beside it. */
    private static final int DISK_RESERVE = 20;

    LoadPlan plan(FitCheck fit) {
        checkDisk(fit);
        return fit.merged()
                .map(checkpoint -> plan(fit, checkpoint))
                .orElseGet(
                        () -> new LoadPlan(fit.parts(), fit.findings(), Optional.empty(), List.of(), Optional.empty()));
    }

    private LoadPlan plan(FitCheck fit, Checkpoint checkpoint) {
        Engine chosen = engine.engines(task(checkpoint)).getFirst();
        List<MemoryOption> memory = memory(checkpoint, chosen);
        Optional<LoadChoice> choice = choose(checkpoint, chosen, memory, fit)
                .filter(found -> fit.refusal().isEmpty());
        return new LoadPlan(fit.parts(), fit.findings(), Optional.of(checkpoint.config()), memory, choice);
    }

    private EngineTask task(Checkpoint checkpoint) {
        Checkpoint loaded = recipe.<Checkpoint>map(name -> QuantizedCheckpoint.of(checkpoint, QuantOptions.of(name)))
                .orElse(checkpoint);
        return new EngineTask(
                loaded,
                options.kvType(kvType.orElse(options.kvType())),
                contextOf(checkpoint),
                EngineTask.memoryBytes(maxBytes, machineBytes));
    }

    private int contextOf(Checkpoint checkpoint) {
        return context.orElseGet(() -> LlamaBuilder.defaultContext(checkpoint.config()));
    }

    private List<MemoryOption> memory(Checkpoint checkpoint, Engine chosen) {
        SequencedSet<Engine> engines = new LinkedHashSet<>(List.of(chosen));
        Engines.available().stream()
                .filter(other ->
                        !other.name().equals(chosen.name()) && !other.name().equals(REFERENCE))
                .forEach(engines::add);
        List<MemoryOption> memory = new ArrayList<>();
        engines.forEach(each -> memory.addAll(new MemoryTable(each, options).of(checkpoint, recipe)));
        return memory;
    }

    private Optional<LoadChoice> choose(Checkpoint checkpoint, Engine chosen, List<MemoryOption> memory, FitCheck fit) {
        int whole = contextOf(checkpoint);
        List<MemoryOption> own = memory.stream()
                .filter(option -> option.memory().engine().equals(chosen.name()))
                .toList();
        return maxBytes.isPresent()
                ? within(maxBytes.getAsLong(), new LoadChooser(whole, context.isPresent(), kvType), own, fit)
                : byDefault(whole, own, fit);
    }

    private Optional<LoadChoice> byDefault(int whole, List<MemoryOption> own, FitCheck fit) {
        DType kept = kvType.orElse(options.kvType());
        Optional<LoadChoice> choice = own.stream()
                .filter(option -> option.kvType() == kept)
                .findFirst()
                .map(option -> new LoadChoice(option, whole, engine.reason()));
        choice.filter(found -> found.peakBytes() > machineBytes.orElse(Long.MAX_VALUE))
                .ifPresent(found -> fit.warn("it would take " + ByteCount.describe(found.peakBytes())
                        + ", more than the " + ByteCount.describe(machineBytes.getAsLong())
                        + " of this machine; quantize it, or say how much it may take"));
        return choice;
    }

    private Optional<LoadChoice> within(long most, LoadChooser chooser, List<MemoryOption> own, FitCheck fit) {
        Optional<LoadChoice> choice = chooser.within(most, own);
        if (choice.isEmpty()) {
            fit.refuse(new BackendException(chooser.closest(own)
                    .map(closest -> "does not fit " + ByteCount.describe(most) + ": " + sentence(closest))
                    .orElse("the engine does not say what memory it takes, so a limit means nothing to it")));
        }
        return choice;
    }

    private String sentence(LoadChoice closest) {
        MemoryOption option = closest.option();
        List<String> set = new ArrayList<>();
        recipe.ifPresent(name -> set.add("the type " + name));
        kvType.ifPresent(type -> set.add("caches in " + type));
        context.ifPresent(tokens -> set.add("the context"));
        return "what takes least (" + option.memory().engine() + ", " + option.weights() + ", keys and values in "
                + option.kvType() + ", a context of " + closest.maxSequenceLength() + " tokens) takes "
                + ByteCount.describe(closest.peakBytes()) + ", "
                + ByteCount.describe(option.memory().weightBytes()) + " of it weights"
                + (set.isEmpty() ? "" : "; you have set " + String.join(", ", set))
                + "; allow more, or choose a smaller model";
    }

    /** Nothing may be fetched that there is no room for. */
    private static void checkDisk(FitCheck fit) {
        Map<Path, List<Delivery>> byFolder = fit.parts().stream()
                .flatMap(part -> part.delivery().stream())
                .collect(Collectors.groupingBy(Delivery::folder));
        byFolder.forEach((folder, deliveries) -> {
            long bytes = deliveries.stream().mapToLong(Delivery::missingBytes).sum();
            long wanted = bytes + bytes / DISK_RESERVE;
            OptionalLong free = deliveries.getFirst().freeBytes();
            if (bytes > 0 && free.isPresent() && free.getAsLong() < wanted) {
                fit.refuse(new BackendException("the disk of " + folder + " is full: expected "
                        + ByteCount.describe(wanted) + " free, found " + ByteCount.describe(free.getAsLong())
                        + "; make room, or choose another disk (HF_HOME)"));
            }
        });
    }
}
