package io.github.hanllama.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A model's weights in f32, by the names of their tensors. Owned by the model. */
final class EagerWeights {
    private final Torch torch;
    private final WeightReader reader;
    private final Map<String, NDArray> matrices = new HashMap<>();
    private final Map<String, float[]> vectors = new HashMap<>();

    EagerWeights(Checkpoint checkpoint, EngineOptions options, Torch torch) {
        this.torch = torch;
        this.reader = new WeightReader(checkpoint, options);
        LlamaConfig config = checkpoint.config();
        int hidden = config.hiddenSize();
        readMatrix(TensorNames.EMBED_TOKENS, config.vocabSize(), hidden);
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            readVector(TensorNames.weight(layer, Module.INPUT_LAYERNORM), hidden);
            readVector(TensorNames.weight(layer, Module.POST_ATTENTION_LAYERNORM), hidden);
            readLayer(layer, config);
        }
        readVector(TensorNames.NORM, hidden);
        if (config.tieWordEmbeddings()) {
            matrices.put(TensorNames.LM_HEAD, matrix(TensorNames.EMBED_TOKENS));
        } else {
            readMatrix(TensorNames.LM_HEAD, config.vocabSize(), hidden);
        }
    }

    private void readLayer(int layer, LlamaConfig config) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        boolean attention = config.attentionBias();
        boolean mlp = config.mlpBias();
        readLinear(layer, Module.Q_PROJ, config.queryWidth(), hidden, attention);
        readLinear(layer, Module.K_PROJ, config.keyValueWidth(), hidden, attention);
        readLinear(layer, Module.V_PROJ, config.keyValueWidth(), hidden, attention);
        readLinear(layer, Module.O_PROJ, hidden, config.queryWidth(), attention);
        readLinear(layer, Module.GATE_PROJ, inner, hidden, mlp);
        readLinear(layer, Module.UP_PROJ, inner, hidden, mlp);
        readLinear(layer, Module.DOWN_PROJ, hidden, inner, mlp);
    }

    private void readLinear(int layer, Module module, int rows, int columns, boolean biased) {
        readMatrix(TensorNames.weight(layer, module), rows, columns);
        if (biased) {
            readVector(TensorNames.bias(layer, module), rows);
        }
    }

    private void readMatrix(String name, int rows, int columns) {
        NDArray target = torch.call(() -> torch.scope().manager().create(new Shape(rows, columns)));
        matrices.put(name, target);
        reader.readRows(
                name,
                List.of((long) rows, (long) columns),
                (row, count, values) -> put(torch, target, row, values, count, columns));
    }

    /** Fills some rows of a matrix. */
    static void put(Torch torch, NDArray target, long row, float[] values, int count, int columns) {
        torch.call(scope -> {
            float[] tile = Arrays.copyOf(values, count * columns);
            target.set(new NDIndex("{}:{}", row, row + count), scope.floats(tile, count, columns));
            return true;
        });
    }

    private void readVector(String name, int length) {
        float[] vector = new float[length];
        reader.readRows(
                name, List.of((long) length), (row, count, values) -> System.arraycopy(values, 0, vector, 0, length));
        vectors.put(name, vector);
    }

    /** (out, in). */
    NDArray matrix(String name) {
        return Objects.requireNonNull(matrices.get(name));
    }

    /** A norm or a bias; of length 0 where the model has none. */
    float[] vector(String name) {
        return vectors.getOrDefault(name, new float[0]);
    }
}
