package io.github.hanllama.core.engine.reference;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.core.error.BackendException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Every weight in f32, on the heap. */
final class ReferenceWeights {
    private static final float[] NO_BIAS = {};

    final Linear embedTokens;
    final List<Layer> layers;
    final float[] norm;
    final Linear lmHead;

    private final LlamaConfig config;
    private final WeightReader reader;
    private final Map<String, float[][]> matrices = new HashMap<>();

    static ReferenceWeights load(Checkpoint checkpoint, EngineOptions options) {
        requireHeap(checkpoint);
        return new ReferenceWeights(checkpoint.config(), new WeightReader(checkpoint, options));
    }

    private static void requireHeap(Checkpoint checkpoint) {
        long bytes = Float.BYTES
                * checkpoint.tensors().stream().mapToLong(TensorInfo::elements).sum();
        long heap = Runtime.getRuntime().maxMemory();
        if (bytes > heap) {
            throw new BackendException("the reference engine keeps f32 weights on the heap: " + checkpoint.origin()
                    + " needs " + bytes + " bytes, -Xmx allows " + heap + "; raise it or use another engine");
        }
    }

    private ReferenceWeights(LlamaConfig config, WeightReader reader) {
        this.config = config;
        this.reader = reader;
        embedTokens = Linear.of(
                TensorNames.EMBED_TOKENS, matrix(TensorNames.EMBED_TOKENS, config.vocabSize(), config.hiddenSize()));
        layers = IntStream.range(0, config.numHiddenLayers())
                .mapToObj(Layer::new)
                .toList();
        norm = vector(TensorNames.NORM, config.hiddenSize());
        lmHead = Linear.of(
                TensorNames.LM_HEAD,
                config.tieWordEmbeddings()
                        ? embedTokens.weight()
                        : matrix(TensorNames.LM_HEAD, config.vocabSize(), config.hiddenSize()));
    }

    /** One decoder layer. */
    final class Layer {
        final float[] inputLayernorm;
        final Linear qProj;
        final Linear kProj;
        final Linear vProj;
        final Linear oProj;
        final float[] postAttentionLayernorm;
        final Linear gateProj;
        final Linear upProj;
        final Linear downProj;

        Layer(int index) {
            int hidden = config.hiddenSize();
            int queries = config.queryWidth();
            int keyValues = config.keyValueWidth();
            int inner = config.intermediateSize();
            inputLayernorm = vector(TensorNames.weight(index, Module.INPUT_LAYERNORM), hidden);
            qProj = linear(index, Module.Q_PROJ, queries, hidden, config.attentionBias());
            kProj = linear(index, Module.K_PROJ, keyValues, hidden, config.attentionBias());
            vProj = linear(index, Module.V_PROJ, keyValues, hidden, config.attentionBias());
            oProj = linear(index, Module.O_PROJ, hidden, queries, config.attentionBias());
            postAttentionLayernorm = vector(TensorNames.weight(index, Module.POST_ATTENTION_LAYERNORM), hidden);
            gateProj = linear(index, Module.GATE_PROJ, inner, hidden, config.mlpBias());
            upProj = linear(index, Module.UP_PROJ, inner, hidden, config.mlpBias());
            downProj = linear(index, Module.DOWN_PROJ, hidden, inner, config.mlpBias());
        }
    }

    private Linear linear(int layer, Module module, int out, int in, boolean biased) {
        String name = TensorNames.weight(layer, module);
        String biasName = TensorNames.bias(layer, module);
        return new Linear(name, matrix(name, out, in), biasName, biased ? vector(biasName, out) : NO_BIAS);
    }

    /** A matrix by the name of its tensor; the embedding is a tied head too. */
    float[][] matrix(String name) {
        return Objects.requireNonNull(matrices.getOrDefault(name, embedTokens.weight()));
    }

    private float[][] matrix(String name, int rows, int columns) {
        float[][] matrix = new float[rows][columns];
        matrices.put(name, matrix);
        reader.readRows(name, List.of((long) rows, (long) columns), (firstRow, rowCount, values) -> {
            for (int i = 0; i < rowCount; i++) {
                System.arraycopy(values, i * columns, matrix[(int) firstRow + i], 0, columns);
            }
        });
        return matrix;
    }

    private float[] vector(String name, int length) {
        float[] vector = new float[length];
        reader.readRows(
                name,
                List.of((long) length),
                (row, rowCount, values) -> System.arraycopy(values, 0, vector, 0, length));
        return vector;
    }
}
