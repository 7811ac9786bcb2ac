package io.github.hanllama.core.engine.support;

import java.util.Arrays;

/** What an adapter makes of a norm or a bias: it takes its place, or adds to it. */
final class VectorChange {
    private final boolean replaces;
    private final float[] values;

    private VectorChange(boolean replaces, float[] values) {
        this.replaces = replaces;
        this.values = values;
    }

    static VectorChange replace(float[] values) {
        return new VectorChange(true, values);
    }

    static VectorChange add(float[] values) {
        return new VectorChange(false, values);
    }

    boolean replaces() {
        return replaces;
    }

    /** This change and then that one. */
    VectorChange then(VectorChange next) {
        return next.replaces ? next : new VectorChange(replaces, next.sum(values, 1));
    }

    /** The vector with that much of the change. */
    float[] applyTo(float[] vector, float weight) {
        return replaces ? values : sum(vector, weight);
    }

    private float[] sum(float[] vector, float weight) {
        float[] sum = Arrays.copyOf(vector, values.length);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * values[i];
        }
        return sum;
    }
}
