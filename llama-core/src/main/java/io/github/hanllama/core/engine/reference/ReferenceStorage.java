package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.KvRows;
import io.github.hanllama.core.engine.support.KvStorage;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.List;

/** One row per layer and position, (numKeyValueHeads * headDim), made when first asked for: f32, rounded to a type. */
final class ReferenceStorage implements KvStorage {
    private final LlamaConfig config;
    private final KvRows rounding;
    private final List<List<float[]>> keys; // layer, then position
    private final List<List<float[]>> values;

    ReferenceStorage(LlamaConfig config, DType type) {
        this.config = config;
        this.rounding = new KvRows(type, config.headDim());
        this.keys = emptyLayers(config);
        this.values = emptyLayers(config);
    }

    private static List<List<float[]>> emptyLayers(LlamaConfig config) {
        List<List<float[]>> layers = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            layers.add(new ArrayList<>());
        }
        return layers;
    }

    float[] row(int layer, KvPart part, int position) {
        List<float[]> positions = (part == KvPart.KEYS ? keys : values).get(layer);
        while (positions.size() <= position) {
            positions.add(new float[config.keyValueWidth()]);
        }
        return positions.get(position);
    }

    void put(int layer, KvPart part, int position, float[] values) {
        float[] row = row(layer, part, position);
        System.arraycopy(values, 0, row, 0, values.length);
        for (int at = 0; at < row.length; at += config.headDim()) {
            rounding.round(row, at);
        }
    }

    void copyFrom(ReferenceStorage source, int length) {
        for (KvPart part : KvPart.values()) {
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                for (int position = 0; position < length; position++) {
                    put(layer, part, position, source.row(layer, part, position));
                }
            }
        }
    }

    @Override
    public void read(int layer, KvPart part, int head, int from, int to, float[] values) {
        int headDim = config.headDim();
        for (int position = from; position < to; position++) {
            System.arraycopy(row(layer, part, position), head * headDim, values, (position - from) * headDim, headDim);
        }
    }

    @Override
    public void write(int layer, KvPart part, int head, int from, int to, float[] values) {
        int headDim = config.headDim();
        for (int position = from; position < to; position++) {
            float[] row = row(layer, part, position);
            System.arraycopy(values, (position - from) * headDim, row, head * headDim, headDim);
            rounding.round(row, head * headDim);
        }
    }

    @Override
    public void free() {
        keys.clear();
        values.clear();
    }
}
