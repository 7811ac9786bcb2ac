package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** What Meta's files call each tensor, how it is split over them, and what it is here. */
public final class MetaNames {
    public static final String EMBEDDING = "tok_embeddings.weight";
    static final String FIRST_Q = "layers.0.attention.wq.weight";
    public static final String FIRST_K = "layers.0.attention.wk.weight";
    public static final String FIRST_GATE = "layers.0.feed_forward.w1.weight";

    private static final String ROTARY_BUFFER = "rope.freqs";

    /** How the files of one model share a tensor. */
    public enum Split {
        /** Each has some rows; the last may have more. */
        ROWS,
        /** Each has some columns. */
        COLUMNS,
        /** By columns in LLaMA and Llama-2, by rows in Llama-3. */
        COLUMNS_OR_ROWS,
        /** Each has all of it. */
        COPIES
    }

    /**
     * The rule for one tensor.
     *
     * @param name Hugging Face's
     * @param rotary whether its rows are rotated in pairs
     */
    public record Rule(String name, Split split, boolean rotary) {}

    private final SequencedMap<String, Rule> rules = new LinkedHashMap<>();

    private MetaNames() {}

    /** Every tensor of a model by its name in Meta's files, in the order of the computation. */
    public static SequencedMap<String, Rule> of(int layers) {
        MetaNames names = new MetaNames();
        names.add(EMBEDDING, TensorNames.EMBED_TOKENS, Split.COLUMNS_OR_ROWS);
        for (int layer = 0; layer < layers; layer++) {
            names.addLayer(layer);
        }
        names.add("norm.weight", TensorNames.NORM, Split.COPIES);
        names.add("output.weight", TensorNames.LM_HEAD, Split.ROWS);
        return names.rules;
    }

    /** Buffers that follow from the parameters. */
    public static boolean isIgnored(String name) {
        return name.endsWith(ROTARY_BUFFER);
    }

    private void addLayer(int layer) {
        add(layer, "attention_norm", Module.INPUT_LAYERNORM, Split.COPIES);
        addRotary(layer, "attention.wq", Module.Q_PROJ);
        addRotary(layer, "attention.wk", Module.K_PROJ);
        add(layer, "attention.wv", Module.V_PROJ, Split.ROWS);
        add(layer, "attention.wo", Module.O_PROJ, Split.COLUMNS);
        add(layer, "ffn_norm", Module.POST_ATTENTION_LAYERNORM, Split.COPIES);
        add(layer, "feed_forward.w1", Module.GATE_PROJ, Split.ROWS);
        add(layer, "feed_forward.w3", Module.UP_PROJ, Split.ROWS);
        add(layer, "feed_forward.w2", Module.DOWN_PROJ, Split.COLUMNS);
    }

    private void add(int layer, String meta, Module module, Split split) {
        add(name(layer, meta), TensorNames.weight(layer, module), split);
    }

    private void addRotary(int layer, String meta, Module module) {
        rules.put(name(layer, meta), new Rule(TensorNames.weight(layer, module), Split.ROWS, true));
    }

    private void add(String meta, String name, Split split) {
        rules.put(meta, new Rule(name, split, false));
    }

    private static String name(int layer, String meta) {
        return "layers." + layer + "." + meta + ".weight";
    }
}
