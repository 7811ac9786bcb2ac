package io.github.hanllama.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.support.KvPart;
import io.github.hanllama.core.engine.support.KvStorage;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of one sequence in f32: for each layer and part (numKeyValueHeads, capacity, headDim). */
final class EagerStorage implements KvStorage {
    private final LlamaConfig config;
    private final Torch torch;
    private final TorchScope owner;
    private final List<NDArray> arrays = new ArrayList<>();

    EagerStorage(LlamaConfig config, Torch torch, int capacity) {
        this.config = config;
        this.torch = torch;
        this.owner = torch.newScope();
        Shape shape = new Shape(config.numKeyValueHeads(), capacity, config.headDim());
        try {
            torch.run(() -> {
                for (int i = 0; i < config.numHiddenLayers() * KvPart.values().length; i++) {
                    arrays.add(owner.manager().create(shape));
                }
            });
        } catch (RuntimeException | Error e) {
            free();
            throw e;
        }
    }

    private NDArray array(int layer, KvPart part) {
        return arrays.get(layer * KvPart.values().length + part.ordinal());
    }

    /** Takes rows (tokens, numKeyValueHeads, headDim); on the model's thread, as {@link #first}. */
    void put(int layer, KvPart part, int start, NDArray rows) {
        long end = start + rows.getShape().get(0);
        array(layer, part).set(new NDIndex(":, {}:{}", start, end), rows.transpose(1, 0, 2));
    }

    /** A view of the first positions, for the caller to close. */
    NDArray first(int layer, KvPart part, int count) {
        return array(layer, part).get(new NDIndex(":, :{}", count));
    }

    void copyFrom(EagerStorage source, int length) {
        NDIndex some = new NDIndex(":, :{}", length);
        torch.run(() -> {
            for (int i = 0; i < arrays.size(); i++) {
                try (NDArray rows = source.arrays.get(i).get(some)) {
                    arrays.get(i).set(some, rows);
                }
            }
        });
    }

    @Override
    public void read(int layer, KvPart part, int head, int from, int to, float[] values) {
        float[] rows = torch.call(() -> {
            try (NDArray some = array(layer, part).get(new NDIndex("{}, {}:{}", head, from, to))) {
                return some.toFloatArray();
            }
        });
        System.arraycopy(rows, 0, values, 0, rows.length);
    }

    @Override
    public void write(int layer, KvPart part, int head, int from, int to, float[] values) {
        float[] rows = new float[(to - from) * config.headDim()];
        System.arraycopy(values, 0, rows, 0, rows.length);
        torch.call(scope -> {
            array(layer, part)
                    .set(new NDIndex("{}, {}:{}", head, from, to), scope.floats(rows, to - from, config.headDim()));
            return true;
        });
    }

    @Override
    public void free() {
        torch.run(owner::close);
    }
}
