package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.quant.QuantizedModel;
import io.github.hanllama.quant.TypeChoice;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A checkpoint in the types of a recipe, quantized when it is read, in row tiles and as many threads as read it. Tensors
 * that have their type already pass through as they are.
 *
 * <pre>{@code
 * try (QuantizedCheckpoint small = QuantizedCheckpoint.of(checkpoint, QuantOptions.of(QuantRecipe.Q4_K_M))) {
 *     small.report().fallbacks().forEach(tensor -> System.out.println(tensor.info() + ": " + tensor.instead()));
 * }
 * }</pre>
 */
public final class QuantizedCheckpoint implements Checkpoint {
    private final Checkpoint base;
    private final QuantOptions options;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, TypeChoice> choices;

    private QuantizedCheckpoint(Checkpoint base, QuantOptions options, Map<String, TypeChoice> choices) {
        this.base = base;
        this.options = options;
        this.choices = choices;
        choices.forEach((name, choice) -> tensors.put(name, quantized(base.tensor(name), choice)));
    }

    /**
     * Chooses every type; nothing is read yet. The result owns the base.
     *
     * @throws io.github.hanllama.core.error.ModelFormatException when the importance matrix is of another model; the base
     *     stays the caller's
     */
    public static QuantizedCheckpoint of(Checkpoint base, QuantOptions options) {
        LlamaConfig config = base.config();
        QuantizedModel model = new QuantizedModel(
                config.numHiddenLayers(),
                config.numAttentionHeads(),
                config.numKeyValueHeads(),
                config.tieWordEmbeddings(),
                options.importance().isPresent());
        options.importance().ifPresent(matrix -> matrix.requireOf(base.tensors()));
        WeightPlaces places = new WeightPlaces(config.numHiddenLayers());
        Map<String, TypeChoice> choices = new LinkedHashMap<>();
        for (TensorInfo info : base.tensors()) {
            choices.put(info.name(), options.recipe().choose(places.place(info), info.rowLength(), model));
        }
        return new QuantizedCheckpoint(base, options, choices);
    }

    private Tensor quantized(Tensor tensor, TypeChoice choice) {
        TensorInfo info = tensor.info();
        if (info.dtype() == choice.type()) {
            return tensor;
        }
        float[] importance = options.importance()
                .filter(matrix -> choice.type().isBlocks())
                .map(matrix -> matrix.of(info))
                .orElse(new float[0]);
        return new QuantizedTensor(tensor, choice.type(), importance, options.measured());
    }

    /**
     * What became of each tensor. Types and sizes are known from the start; the loss, when it is measured, of what has
     * been read so far.
     */
    public QuantReport report() {
        List<TensorReport> reports = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            TypeChoice choice =
                    choices.getOrDefault(name, new TypeChoice(tensor.info().dtype(), Optional.empty()));
            TensorLoss loss = tensor instanceof QuantizedTensor quantized ? quantized.loss() : TensorLoss.NONE;
            reports.add(new TensorReport(tensor.info(), base.tensor(name).info().dtype(), choice.instead(), loss));
        });
        return new QuantReport(options.recipe(), reports);
    }

    @Override
    public String origin() {
        return base.origin();
    }

    @Override
    public LlamaConfig config() {
        return base.config();
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return base.tokenizer();
    }

    @Override
    public Optional<String> chatTemplate() {
        return base.chatTemplate();
    }

    @Override
    public List<TensorInfo> tensors() {
        return tensors.values().stream().map(Tensor::info).toList();
    }

    @Override
    public boolean contains(String name) {
        return base.contains(name);
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        return tensor == null ? base.tensor(name) : tensor;
    }

    @Override
    public Optional<QuantRecipe> recipe() {
        return Optional.of(options.recipe());
    }

    @Override
    public List<Path> weightFiles() {
        return base.weightFiles();
    }

    @Override
    public List<Path> companionFiles() {
        return base.companionFiles();
    }

    @Override
    public String identity() {
        return QuantIdentity.of(base.identity(), options);
    }

    @Override
    public Optional<String> fileIdentity() {
        return base.fileIdentity().map(identity -> QuantIdentity.of(identity, options));
    }

    @Override
    public boolean headersOnly() {
        return base.headersOnly();
    }

    @Override
    public void close() {
        base.close();
    }
}
