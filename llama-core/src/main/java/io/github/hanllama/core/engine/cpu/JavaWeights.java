package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Packed weights, all in one arena. */
final class JavaWeights implements AutoCloseable {
    private static final float[] NO_BIAS = {};

    final PackedMatrix embedTokens;
    final List<Layer> layers;
    final float[] norm;
    final Linear lmHead;

    private final LlamaConfig config;
    private final WeightPacker packer;
    private final Arena arena;

    static JavaWeights load(Checkpoint checkpoint, EngineOptions options, Team team) {
        Arena arena = Arena.ofShared();
        try {
            return new JavaWeights(checkpoint.config(), new WeightPacker(checkpoint, options, arena), team, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Makes room for everything and checks every name and shape first, then reads with the whole team. */
    private JavaWeights(LlamaConfig config, WeightPacker packer, Team team, Arena arena) {
        this.config = config;
        this.packer = packer;
        this.arena = arena;
        embedTokens = packer.matrix(TensorNames.EMBED_TOKENS, config.vocabSize(), config.hiddenSize());
        layers = IntStream.range(0, config.numHiddenLayers())
                .mapToObj(Layer::new)
                .toList();
        norm = packer.vector(TensorNames.NORM, config.hiddenSize());
        lmHead = Linear.of(
                TensorNames.LM_HEAD,
                config.tieWordEmbeddings()
                        ? embedTokens
                        : packer.matrix(TensorNames.LM_HEAD, config.vocabSize(), config.hiddenSize()));
        packer.readAll(team);
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
            inputLayernorm = packer.vector(TensorNames.weight(index, Module.INPUT_LAYERNORM), hidden);
            qProj = linear(index, Module.Q_PROJ, queries, hidden, config.attentionBias());
            kProj = linear(index, Module.K_PROJ, keyValues, hidden, config.attentionBias());
            vProj = linear(index, Module.V_PROJ, keyValues, hidden, config.attentionBias());
            oProj = linear(index, Module.O_PROJ, hidden, queries, config.attentionBias());
            postAttentionLayernorm = packer.vector(TensorNames.weight(index, Module.POST_ATTENTION_LAYERNORM), hidden);
            gateProj = linear(index, Module.GATE_PROJ, inner, hidden, config.mlpBias());
            upProj = linear(index, Module.UP_PROJ, inner, hidden, config.mlpBias());
            downProj = linear(index, Module.DOWN_PROJ, hidden, inner, config.mlpBias());
        }
    }

    private Linear linear(int layer, Module module, int out, int in, boolean biased) {
        String name = TensorNames.weight(layer, module);
        String biasName = TensorNames.bias(layer, module);
        return new Linear(
                name, packer.matrix(name, out, in), biasName, biased ? packer.vector(biasName, out) : NO_BIAS);
    }

    /** A matrix by the name of its tensor; the embedding is a tied head too. */
    PackedMatrix matrix(String name) {
        return packer.matrices().getOrDefault(name, embedTokens);
    }

    /** The types the matrices are kept in, for example {@code "BF16"}. */
    String types() {
        return packer.types().stream().map(DType::name).collect(Collectors.toCollection(TreeSet::new)).stream()
                .collect(Collectors.joining(" and "));
    }

    @Override
    public void close() {
        arena.close();
    }
}
