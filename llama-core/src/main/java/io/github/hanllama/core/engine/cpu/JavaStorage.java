package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.KvStorage;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.KvLayer;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;

/** Keys and values in one type outside the heap, allocated as the sequence grows. */
final class JavaStorage implements KvStorage {
    private final LlamaConfig config;
    private final Arena arena = Arena.ofShared();
    private final List<KvLayer> layers;

    JavaStorage(LlamaConfig config, DType type, int capacity) {
        this.config = config;
        this.layers = IntStream.range(0, config.numHiddenLayers())
                .mapToObj(layer -> new KvLayer(type, config.numKeyValueHeads(), config.headDim(), capacity, arena))
                .toList();
    }

    KvLayer layer(int index) {
        return layers.get(index);
    }

    /** Makes room for that many positions; those there are stay. */
    void reserve(int positions) {
        try {
            layers.forEach(layer -> layer.reserve(positions));
        } catch (OutOfMemoryError e) {
            throw new BackendException(
                    "no memory outside the heap for a cache of " + positions + " positions; close other caches", e);
        }
    }

    void copyFrom(JavaStorage source, int length) {
        reserve(length);
        for (int layer = 0; layer < layers.size(); layer++) {
            layer(layer).copyFrom(source.layer(layer), length);
        }
    }

    @Override
    public void read(int layer, KvPart part, int head, int from, int to, float[] values) {
        for (int position = from; position < to; position++) {
            int at = (position - from) * config.headDim();
            switch (part) {
                case KEYS -> layer(layer).getKey(head, position, values, at);
                case VALUES -> layer(layer).getValue(head, position, values, at);
            }
        }
    }

    @Override
    public void write(int layer, KvPart part, int head, int from, int to, float[] values) {
        reserve(to);
        for (int position = from; position < to; position++) {
            int at = (position - from) * config.headDim();
            switch (part) {
                case KEYS -> layer(layer).putKey(head, position, values, at);
                case VALUES -> layer(layer).putValue(head, position, values, at);
            }
        }
    }

    @Override
    public void free() {
        arena.close();
    }
}
