package io.github.hanllama.core.sampling;

import java.util.Map;

/** Makes some ids likelier, less likely or impossible. */
final class LogitBias {
    private final int[] ids;
    private final float[] biases;

    LogitBias(Map<Integer, Float> biasById) {
        ids = new int[biasById.size()];
        biases = new float[biasById.size()];
        int index = 0;
        for (Map.Entry<Integer, Float> entry : biasById.entrySet()) {
            ids[index] = entry.getKey();
            biases[index++] = entry.getValue();
        }
    }

    void apply(float[] logits) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= logits.length) {
                throw new IllegalArgumentException(
                        "logitBias names id " + ids[i] + ", the last of this model is " + (logits.length - 1));
            }
            logits[ids[i]] += biases[i];
        }
    }
}
