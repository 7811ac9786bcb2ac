package io.github.hanllama.core.plan;

import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.util.Optional;

/**
 * One way to run the model and the memory it takes.
 *
 * @param recipe what it is quantized by while it is loaded; empty for the types it is stored in
 * @param weights for people: {@code "as stored (BF16)"}, {@code "Q4_K_M"}, or the type an engine unpacks them to
 * @param kvType what caches are to keep; an engine that computes in less keeps less
 */
public record MemoryOption(Optional<QuantRecipe> recipe, String weights, DType kvType, MemoryEstimate memory) {}
