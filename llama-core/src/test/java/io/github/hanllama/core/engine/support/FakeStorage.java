package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.config.LlamaConfig;
import java.util.Arrays;

/** Everything in one array, in the order of the exchange form. */
final class FakeStorage implements KvStorage {
    final float[] values;
    boolean freed;

    private final LlamaConfig config;
    private final int capacity;

    FakeStorage(LlamaConfig config, int capacity) {
        this.config = config;
        this.capacity = capacity;
        this.values = new float[config.numHiddenLayers() * 2 * config.keyValueWidth() * capacity];
    }

    private int index(int layer, KvPart part, int head, int position) {
        int plane = (layer * 2 + part.ordinal()) * config.numKeyValueHeads() + head;
        return (plane * capacity + position) * config.headDim();
    }

    @Override
    public void read(int layer, KvPart part, int head, int from, int to, float[] target) {
        int start = index(layer, part, head, from);
        System.arraycopy(values, start, target, 0, (to - from) * config.headDim());
    }

    @Override
    public void write(int layer, KvPart part, int head, int from, int to, float[] source) {
        int start = index(layer, part, head, from);
        System.arraycopy(source, 0, values, start, (to - from) * config.headDim());
    }

    @Override
    public void free() {
        freed = true;
        Arrays.fill(values, Float.NaN);
    }
}
