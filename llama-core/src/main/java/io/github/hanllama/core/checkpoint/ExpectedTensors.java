package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.LongStream;

/** The tensors that a configuration calls for, and how files differ from them. */
public final class ExpectedTensors {
    private static final int LISTED = 10;
    private static final String ROTARY_BUFFER = "rotary_emb.inv_freq";

    private final LlamaConfig config;
    private final SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();

    private ExpectedTensors(LlamaConfig config) {
        this.config = config;
    }

    /** Name and shape of every tensor, in the order of the computation; a tied head is none of them. */
    public static SequencedMap<String, List<Long>> of(LlamaConfig config) {
        ExpectedTensors expected = new ExpectedTensors(config);
        expected.addAll();
        return expected.shapes;
    }

    /** Buffers that old files carry and that follow from the configuration. */
    public static boolean isIgnored(String name) {
        return name.endsWith(ROTARY_BUFFER);
    }

    private void addAll() {
        add(TensorNames.EMBED_TOKENS, config.vocabSize(), config.hiddenSize());
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            addLayer(layer);
        }
        add(TensorNames.NORM, config.hiddenSize());
        if (!config.tieWordEmbeddings()) {
            add(TensorNames.LM_HEAD, config.vocabSize(), config.hiddenSize());
        }
    }

    private void addLayer(int layer) {
        long hidden = config.hiddenSize();
        long queries = config.queryWidth();
        long keyValues = config.keyValueWidth();
        long intermediate = config.intermediateSize();
        add(TensorNames.weight(layer, Module.INPUT_LAYERNORM), hidden);
        addLinear(layer, Module.Q_PROJ, queries, hidden, config.attentionBias());
        addLinear(layer, Module.K_PROJ, keyValues, hidden, config.attentionBias());
        addLinear(layer, Module.V_PROJ, keyValues, hidden, config.attentionBias());
        addLinear(layer, Module.O_PROJ, hidden, queries, config.attentionBias());
        add(TensorNames.weight(layer, Module.POST_ATTENTION_LAYERNORM), hidden);
        addLinear(layer, Module.GATE_PROJ, intermediate, hidden, config.mlpBias());
        addLinear(layer, Module.UP_PROJ, intermediate, hidden, config.mlpBias());
        addLinear(layer, Module.DOWN_PROJ, hidden, intermediate, config.mlpBias());
    }

    private void addLinear(int layer, Module module, long out, long in, boolean bias) {
        add(TensorNames.weight(layer, module), out, in);
        if (bias) {
            add(TensorNames.bias(layer, module), out);
        }
    }

    private void add(String name, long... shape) {
        shapes.put(name, LongStream.of(shape).boxed().toList());
    }

    /**
     * The files must hold exactly these tensors; a head beside a tied embedding is let pass.
     *
     * @param configFile where the configuration is from, for messages
     * @throws ModelFormatException when they do not
     */
    public static void check(String origin, LlamaConfig config, Collection<TensorInfo> found, String configFile) {
        Map<String, List<Long>> expected = of(config);
        Map<String, List<Long>> left = new LinkedHashMap<>(expected);
        List<String> unexpected = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (TensorInfo tensor : found) {
            left.remove(tensor.name());
            List<Long> shape = expected.get(tensor.name());
            if (shape == null) {
                if (!tensor.name().equals(TensorNames.LM_HEAD)) {
                    unexpected.add(tensor.name());
                }
            } else if (!shape.equals(tensor.shape())) {
                wrong.add(tensor.name() + " expected " + shape + ", found " + tensor.shape());
            } else if (!tensor.dtype().isReal()) {
                wrong.add(tensor.name() + " expected floating-point numbers, found " + tensor.dtype());
            }
        }
        List<String> problems = new ArrayList<>();
        describe(problems, "missing", List.copyOf(left.keySet()));
        describe(problems, "unexpected", unexpected);
        describe(problems, "of another shape or type", wrong);
        if (!problems.isEmpty()) {
            throw new ModelFormatException(origin + ": the weights do not fit " + configFile + ": "
                    + String.join("; ", problems) + "; are both from the same model, and are all files here?");
        }
    }

    private static void describe(List<String> problems, String what, List<String> names) {
        if (!names.isEmpty()) {
            String more = names.size() > LISTED ? " and " + (names.size() - LISTED) + " more" : "";
            problems.add(names.size() + " " + what + ": "
                    + String.join(", ", names.subList(0, Math.min(LISTED, names.size()))) + more);
        }
    }
}
