package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.error.AdapterMismatchException;

/**
 * Whether the base weights that a file carries beside its low-rank pairs are those of the base. Programs that save all
 * parameters of a model in training write such copies; they say for certain which base the pairs belong to.
 */
final class FrozenCopies {
    private FrozenCopies() {}

    static void check(Checkpoint base, LoraWeights adapter) {
        if (base.headersOnly() || adapter.headersOnly()) {
            return; // the values are not here
        }
        adapter.frozen().forEach((name, copy) -> {
            Tensor weight = base.tensor(name);
            if (weight.info().dtype().isFloatingPoint()) { // a quantized base differs from every copy
                requireEqual(base, adapter, weight, copy);
            }
        });
    }

    private static void requireEqual(Checkpoint base, LoraWeights adapter, Tensor weight, Tensor copy) {
        long different = EqualTensors.differences(weight, copy);
        if (different > 0) {
            throw new AdapterMismatchException(adapter.origin() + " does not fit " + base.origin()
                    + ": it carries its own " + weight.info().name() + " beside a low-rank pair, and " + different
                    + " of its " + weight.info().elements() + " values are not those of the base; was it trained on"
                    + " another base, or was the pair merged already?");
        }
    }
}
