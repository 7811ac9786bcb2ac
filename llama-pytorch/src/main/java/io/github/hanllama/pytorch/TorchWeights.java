package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.pytorch.WeightLoader.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A model's weights on its devices, in the order {@link DecoderScript} takes them. Owned by the model. */
final class TorchWeights {
    private final LlamaConfig config;
    private final TorchPlan plan;
    private final WeightLoader loader;
    private final WeightReader reader;
    private final List<PtNDArray> embedTokens;
    private final List<List<PtNDArray>> segments = new ArrayList<>();
    private final List<PackedMatrices> packed = new ArrayList<>();
    private final PackedMatrices packedHead;
    private final List<Map<Integer, List<String>>> vectors = new ArrayList<>();
    private final PtNDArray norm;
    private final List<PtNDArray> lmHead;

    TorchWeights(Checkpoint checkpoint, EngineOptions options, Torch torch, TorchPlan plan) {
        config = checkpoint.config();
        this.plan = plan;
        loader = new WeightLoader(torch, torch.scope(), plan.type(), plan);
        reader = new WeightReader(checkpoint, options);
        int hidden = config.hiddenSize();
        embedTokens = loader.rows(
                reader, plan.firstDevice(), hidden, List.of(new Part(TensorNames.EMBED_TOKENS, config.vocabSize())));
        for (TorchPlan.Segment segment : plan.segments()) {
            List<PtNDArray> tensors = new ArrayList<>();
            vectors.add(new HashMap<>());
            packed.add(new PackedMatrices(torch, torch.scope(), plan.products()));
            for (int layer = segment.from(); layer < segment.to(); layer++) {
                addLayer(tensors, segment.device(), layer);
            }
            segments.add(List.copyOf(tensors));
        }
        norm = vector(plan.lastDevice(), List.of(new Part(TensorNames.NORM, hidden)));
        packedHead = new PackedMatrices(torch, torch.scope(), plan.products());
        lmHead = lmHead();
        packed.forEach(PackedMatrices::finish);
        packedHead.finish();
    }

    private List<PtNDArray> lmHead() {
        if (!config.tieWordEmbeddings()) {
            Part part = new Part(TensorNames.LM_HEAD, config.vocabSize());
            return loader.matrix(reader, plan.lastDevice(), config.hiddenSize(), List.of(part), packedHead);
        }
        if (plan.products().packs()) {
            packedHead.add(embedTokens, () -> {});
            return List.of();
        }
        return plan.firstDevice().equals(plan.lastDevice()) ? embedTokens : loader.copy(embedTokens, plan.lastDevice());
    }

    private void addLayer(List<PtNDArray> tensors, String device, int layer) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        boolean attention = config.attentionBias();
        Rows q = new Rows(Module.Q_PROJ, config.queryWidth());
        Rows k = new Rows(Module.K_PROJ, config.keyValueWidth());
        Rows v = new Rows(Module.V_PROJ, config.keyValueWidth());
        Rows gate = new Rows(Module.GATE_PROJ, inner);
        Rows up = new Rows(Module.UP_PROJ, inner);
        addVector(tensors, device, List.of(new Part(TensorNames.weight(layer, Module.INPUT_LAYERNORM), hidden)));
        addLinear(tensors, device, layer, hidden, attention, q, k, v);
        addLinear(tensors, device, layer, config.queryWidth(), attention, new Rows(Module.O_PROJ, hidden));
        addVector(
                tensors, device, List.of(new Part(TensorNames.weight(layer, Module.POST_ATTENTION_LAYERNORM), hidden)));
        addLinear(tensors, device, layer, hidden, config.mlpBias(), gate, up);
        addLinear(tensors, device, layer, inner, config.mlpBias(), new Rows(Module.DOWN_PROJ, hidden));
    }

    /** How many rows the matrix of a module has. */
    private record Rows(Module module, int count) {}

    /** Norms or biases that lie one after the other. */
    private void addVector(List<PtNDArray> tensors, String device, List<Part> parts) {
        vectors.getLast().put(tensors.size(), parts.stream().map(Part::name).toList());
        tensors.add(vector(device, parts));
    }

    private PtNDArray vector(String device, List<Part> parts) {
        return vector(loader.owner(), device, parts.stream().map(Part::name).toList(), loader.vectors(reader, parts));
    }

    /** Matrices of the same input, and their biases. */
    private void addLinear(
            List<PtNDArray> tensors, String device, int layer, int columns, boolean biased, Rows... parts) {
        List<Part> weights = Arrays.stream(parts)
                .map(part -> new Part(TensorNames.weight(layer, part.module), part.count))
                .toList();
        tensors.addAll(loader.matrix(reader, device, columns, weights, packed.getLast()));
        if (biased) {
            List<Part> biases = Arrays.stream(parts)
                    .map(part -> new Part(TensorNames.bias(layer, part.module), part.count))
                    .toList();
            addVector(tensors, device, biases);
        }
    }

    List<PtNDArray> embedTokens() {
        return embedTokens;
    }

    /** The layers' tensors of each segment. */
    List<List<PtNDArray>> segments() {
        return segments;
    }

    /** Of a segment's tensors those that are vectors, by index: the names of their parts. */
    Map<Integer, List<String>> vectors(int segment) {
        return vectors.get(segment);
    }

    /** A segment's matrices that are no tensors. */
    PackedMatrices packed(int segment) {
        return packed.get(segment);
    }

    PackedMatrices packedHead() {
        return packedHead;
    }

    /** Final norm and head. */
    List<PtNDArray> head() {
        List<PtNDArray> head = new ArrayList<>(List.of(norm));
        head.addAll(lmHead);
        return head;
    }

    /** A matrix by the name of its tensor; the embedding is a tied head too. */
    TorchMatrix matrix(String name) {
        TorchMatrix known = loader.matrices().get(name);
        return known != null ? known : Objects.requireNonNull(loader.matrices().get(TensorNames.EMBED_TOKENS));
    }

    /** A norm or a bias by name; of length 0 where the model has none. */
    float[] vector(String name) {
        return loader.vectors().getOrDefault(name, new float[0]);
    }

    /**
     * A tensor of such vectors, one after the other. Biases meet the products of matrices; norms meet the residual stream, and
     * have the root of its width in them.
     */
    PtNDArray vector(TorchScope owner, String device, List<String> names, List<float[]> parts) {
        return names.getFirst().endsWith(".bias")
                ? loader.vector(owner, device, plan.type().computed(), 1, parts)
                : loader.vector(owner, device, TorchType.F32, Math.sqrt(config.hiddenSize()), parts);
    }
}
