package io.github.hanllama.core.quantize;

import io.github.hanllama.quant.QuantRecipe;
import java.util.List;
import java.util.Optional;

/** What quantizing did to each tensor of a model, and to all of it. */
public record QuantReport(QuantRecipe recipe, List<TensorReport> tensors) {
    public QuantReport {
        tensors = List.copyOf(tensors);
    }

    /** Of the tensors as stored now. */
    public long bytes() {
        return tensors.stream().mapToLong(tensor -> tensor.info().bytes()).sum();
    }

    public long elements() {
        return tensors.stream().mapToLong(tensor -> tensor.info().elements()).sum();
    }

    public double bitsPerWeight() {
        return 8.0 * bytes() / elements();
    }

    /** Of all numbers compared. */
    public TensorLoss loss() {
        return tensors.stream().map(TensorReport::loss).reduce(TensorLoss.NONE, TensorLoss::plus);
    }

    /** The tensors that did not get the type which the recipe asks for. */
    public List<TensorReport> fallbacks() {
        return tensors.stream().filter(tensor -> tensor.instead().isPresent()).toList();
    }

    /** A sentence on the tensors that did not get their type; none when all did. */
    public Optional<String> fallbackNotice() {
        List<TensorReport> others = fallbacks();
        return others.isEmpty()
                ? Optional.empty()
                : Optional.of("%d of %d tensors are not of the type that %s asks for, first %s, now %s: %s"
                        .formatted(
                                others.size(),
                                tensors.size(),
                                recipe,
                                others.getFirst().info().name(),
                                others.getFirst().info().dtype(),
                                others.getFirst().instead().orElse("")));
    }
}
