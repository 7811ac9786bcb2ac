package io.github.hanllama.core.engine;

import java.util.Objects;

/**
 * An adapter and how much of it: the row's weights are the base's plus {@code weight} times what the adapter adds.
 *
 * @param weight 1 is the adapter as it was trained; 1 is required of one that {@link AttachedAdapter#replacing() replaces}
 */
public record AdapterUse(AttachedAdapter adapter, float weight) {
    public AdapterUse {
        Objects.requireNonNull(adapter);
        if (!Float.isFinite(weight)) {
            throw new IllegalArgumentException("the weight of an adapter must be finite, was " + weight);
        }
        if (adapter.replacing() && weight != 1) {
            throw new IllegalArgumentException(
                    "the weight of " + adapter.origin() + " must be 1, since it replaces tensors, was " + weight);
        }
    }

    /** The adapter as it was trained. */
    public static AdapterUse of(AttachedAdapter adapter) {
        return new AdapterUse(adapter, 1);
    }
}
