package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.quant.QuantizedModel;
import io.github.hanllama.quant.TypeChoice;
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
public final class QuantizedCheckpoint extends DerivedCheckpoint {
    private final QuantOptions options;
    private final Map<String, TypeChoice> choices;

    private QuantizedCheckpoint(Checkpoint base, QuantOptions options, Map<String, TypeChoice> choices) {
        super(base, quantized(base, options, choices));
        this.options = options;
        this.choices = choices;
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

    private static SequencedMap<String, Tensor> quantized(
            Checkpoint base, QuantOptions options, Map<String, TypeChoice> choices) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        choices.forEach((name, choice) -> tensors.put(name, quantized(base.tensor(name), options, choice)));
        return tensors;
    }

    private static Tensor quantized(Tensor tensor, QuantOptions options, TypeChoice choice) {
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
        choices.forEach((name, choice) -> {
            Tensor tensor = tensor(name);
            TensorLoss loss = tensor instanceof QuantizedTensor quantized ? quantized.loss() : TensorLoss.NONE;
            reports.add(
                    new TensorReport(tensor.info(), base().tensor(name).info().dtype(), choice.instead(), loss));
        });
        return new QuantReport(options.recipe(), reports);
    }

    @Override
    public Optional<QuantRecipe> recipe() {
        return Optional.of(options.recipe());
    }

    @Override
    public String identity() {
        return QuantIdentity.of(base().identity(), options);
    }

    @Override
    public Optional<String> fileIdentity() {
        return base().fileIdentity().map(identity -> QuantIdentity.of(identity, options));
    }
}
