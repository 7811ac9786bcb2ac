package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Packed weights, in memory or mapped, and small vectors. */
final class JavaWeights implements AutoCloseable {
    private static final float[] NO_BIAS = {};
    /** Tiles of a matrix in a sample: before vectors are compiled, they take a second. */
    private static final int SAMPLE = 1;
    /** The same of the one that is often of a type of its own, and would be called seldom. */
    private static final int HEAD_SAMPLE = 4;

    final PackedMatrix embedTokens;
    final List<Layer> layers;
    final float[] norm;
    final Linear lmHead;

    private final LlamaConfig config;
    private final WeightReader reader;
    private final PackedWeights packed;
    private final String types;

    /** Checks every name and shape before it reads anything, with the whole team. */
    static JavaWeights load(Checkpoint checkpoint, EngineOptions options, Team team) {
        WeightReader reader = new WeightReader(checkpoint, options);
        WeightPlan plan = new WeightPlan(checkpoint.config(), reader);
        Function<Arena, Map<String, PackedMatrix>> packer =
                arena -> new WeightPacker(reader, options, arena, team).pack(plan);
        PackedWeights packed = PackedCache.of(checkpoint, plan, reader, options)
                .map(cache -> cache.load(packer))
                .orElseGet(() -> PackedWeights.in(Arena.ofShared(), packer));
        try {
            return new JavaWeights(checkpoint.config(), reader, packed, plan.types());
        } catch (RuntimeException | Error e) {
            packed.close();
            throw e;
        }
    }

    private JavaWeights(LlamaConfig config, WeightReader reader, PackedWeights packed, String types) {
        this.config = config;
        this.reader = reader;
        this.packed = packed;
        this.types = types;
        embedTokens = required(TensorNames.EMBED_TOKENS);
        layers = IntStream.range(0, config.numHiddenLayers())
                .mapToObj(Layer::new)
                .toList();
        norm = vector(TensorNames.NORM, config.hiddenSize());
        lmHead = Linear.of(
                TensorNames.LM_HEAD, config.tieWordEmbeddings() ? embedTokens : required(TensorNames.LM_HEAD));
    }

    private JavaWeights(JavaWeights whole, List<Layer> layers) {
        config = whole.config;
        reader = whole.reader;
        packed = whole.packed;
        types = whole.types;
        embedTokens = whole.embedTokens;
        this.layers = layers;
        norm = whole.norm;
        lmHead = whole.lmHead.first(HEAD_SAMPLE);
    }

    /**
     * One layer of every combination of types, of each matrix a few rows: what runs the same code in little time. Not to be
     * closed.
     */
    JavaWeights sample() {
        Map<List<DType>, Layer> kinds = new LinkedHashMap<>();
        layers.forEach(layer -> kinds.putIfAbsent(layer.types(), layer));
        return new JavaWeights(this, kinds.values().stream().map(Layer::new).toList());
    }

    /** Multiplications with matrices that a token takes whose logits are wanted. */
    long multiplications() {
        return Stream.concat(layers.stream().flatMap(Layer::linears), Stream.of(lmHead))
                .mapToLong(linear ->
                        (long) linear.rows(0, linear.tiles()) * linear.weight().columns())
                .sum();
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
            inputLayernorm = vector(TensorNames.weight(index, Module.INPUT_LAYERNORM), config.hiddenSize());
            qProj = linear(index, Module.Q_PROJ, config.attentionBias());
            kProj = linear(index, Module.K_PROJ, config.attentionBias());
            vProj = linear(index, Module.V_PROJ, config.attentionBias());
            oProj = linear(index, Module.O_PROJ, config.attentionBias());
            postAttentionLayernorm =
                    vector(TensorNames.weight(index, Module.POST_ATTENTION_LAYERNORM), config.hiddenSize());
            gateProj = linear(index, Module.GATE_PROJ, config.mlpBias());
            upProj = linear(index, Module.UP_PROJ, config.mlpBias());
            downProj = linear(index, Module.DOWN_PROJ, config.mlpBias());
        }

        private Layer(Layer whole) {
            inputLayernorm = whole.inputLayernorm;
            qProj = whole.qProj.first(SAMPLE);
            kProj = whole.kProj.first(SAMPLE);
            vProj = whole.vProj.first(SAMPLE);
            oProj = whole.oProj.first(SAMPLE);
            postAttentionLayernorm = whole.postAttentionLayernorm;
            gateProj = whole.gateProj.first(SAMPLE);
            upProj = whole.upProj.first(SAMPLE);
            downProj = whole.downProj.first(SAMPLE);
        }

        private List<DType> types() {
            return linears().map(linear -> linear.weight().type()).toList();
        }

        private Stream<Linear> linears() {
            return Stream.of(qProj, kProj, vProj, oProj, gateProj, upProj, downProj);
        }
    }

    private Linear linear(int layer, Module module, boolean biased) {
        String name = TensorNames.weight(layer, module);
        String biasName = TensorNames.bias(layer, module);
        PackedMatrix weight = required(name);
        return new Linear(name, weight, biasName, biased ? vector(biasName, weight.rows()) : NO_BIAS);
    }

    private PackedMatrix required(String name) {
        return Objects.requireNonNull(packed.matrices().get(name), name);
    }

    /** In f32, on the heap. */
    private float[] vector(String name, int length) {
        float[] vector = new float[length];
        reader.readRows(
                name,
                List.of((long) length),
                (row, rowCount, values) -> System.arraycopy(values, 0, vector, 0, length));
        return vector;
    }

    /** A matrix by the name of its tensor; the embedding is a tied head too. */
    PackedMatrix matrix(String name) {
        return packed.matrices().getOrDefault(name, embedTokens);
    }

    /** The types the matrices are kept in, for example {@code "BF16"}. */
    String types() {
        return types;
    }

    @Override
    public void close() {
        packed.close();
    }
}
