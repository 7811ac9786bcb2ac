package io.github.hanllama.core.adapter;

import io.github.hanllama.core.checkpoint.Tensor;
import java.util.Optional;

/** What an adapter does to one tensor of its base. */
public sealed interface TensorChange {
    /** The base tensor is not used at all; this one, of another height perhaps, takes its place. */
    record Replace(Tensor tensor) implements TensorChange {}

    /**
     * {@code weight + scale * (b @ a)}.
     *
     * @param a (rank, in)
     * @param b (out, rank)
     * @param scale {@code alpha / rank}, or {@code alpha / sqrt(rank)} for rsLoRA
     * @param transposed whether the base stores (in, out), PEFT's {@code fan_in_fan_out}
     * @param magnitude DoRA's length per output row
     */
    record AddLowRank(Tensor a, Tensor b, float scale, boolean transposed, Optional<Tensor> magnitude)
            implements TensorChange {}
}
