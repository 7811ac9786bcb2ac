package io.github.hanllama.core;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.plan.MemoryOption;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Every way to run a model in one engine, the best quality first: types of weights, and of caches for each. */
final class MemoryTable {
    /** Below the last, quality is nothing to choose for anybody. */
    private static final List<QuantRecipe> RECIPES =
            List.of(QuantRecipe.Q8_0, QuantRecipe.Q6_K, QuantRecipe.Q5_K_M, QuantRecipe.Q4_K_M, QuantRecipe.Q3_K_M);

    private static final List<DType> KV_TYPES = List.of(DType.F32, DType.F16, DType.Q8_0);

    private final Engine engine;
    private final EngineOptions options;

    MemoryTable(Engine engine, EngineOptions options) {
        this.engine = engine;
        this.options = options;
    }

    /** @param recipe the only one there is, when the user named it */
    List<MemoryOption> of(Checkpoint checkpoint, Optional<QuantRecipe> recipe) {
        List<MemoryOption> all = new ArrayList<>(options(checkpoint, recipe));
        if (recipe.isEmpty()) {
            for (QuantRecipe smaller : RECIPES) {
                options(checkpoint, Optional.of(smaller)).stream()
                        .filter(option -> gains(option, all))
                        .forEach(all::add);
            }
        }
        return all;
    }

    private List<MemoryOption> options(Checkpoint checkpoint, Optional<QuantRecipe> recipe) {
        Checkpoint quantized = recipe.<Checkpoint>map(name -> QuantizedCheckpoint.of(checkpoint, QuantOptions.of(name)))
                .orElse(checkpoint);
        List<MemoryOption> found = new ArrayList<>();
        for (DType kvType : KV_TYPES) {
            for (MemoryEstimate memory : engine.memory(quantized, options.kvType(kvType))) {
                found.add(new MemoryOption(recipe, title(memory, recipe, quantized), kvType, memory));
            }
        }
        return found;
    }

    private static String title(MemoryEstimate memory, Optional<QuantRecipe> recipe, Checkpoint checkpoint) {
        String stored = checkpoint.tensors().stream()
                .filter(info -> info.shape().size() > 1)
                .map(info -> info.dtype().name())
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
        boolean kept = memory.weights().equals(stored);
        return kept ? recipe.map(QuantRecipe::name).orElse("as stored (" + stored + ")") : memory.weights();
    }

    /** An engine that keeps no blocks gains nothing by them, nor does a model that has as few bits already. */
    private static boolean gains(MemoryOption option, List<MemoryOption> better) {
        boolean keepsBlocks = option.recipe()
                .map(recipe -> option.weights().equals(recipe.name()))
                .orElse(true);
        return keepsBlocks
                && better.stream()
                        .filter(other -> !other.recipe().equals(option.recipe()))
                        .allMatch(other ->
                                other.memory().weightBytes() > option.memory().weightBytes());
    }
}
