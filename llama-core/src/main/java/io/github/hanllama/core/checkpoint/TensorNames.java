package io.github.hanllama.core.checkpoint;

/** The weight names of Hugging Face's LLaMA, the only place that spells them. */
public final class TensorNames {
    public static final String EMBED_TOKENS = "model.embed_tokens.weight";
    public static final String NORM = "model.norm.weight";
    public static final String LM_HEAD = "lm_head.weight";

    private TensorNames() {}

    /** The weight of a layer's module. */
    public static String weight(int layer, Module module) {
        return "model.layers." + layer + "." + module.path + ".weight";
    }

    /** The bias of a layer's module. */
    public static String bias(int layer, Module module) {
        return "model.layers." + layer + "." + module.path + ".bias";
    }

    /** What a decoder layer is made of. */
    public enum Module {
        INPUT_LAYERNORM("input_layernorm"),
        Q_PROJ("self_attn.q_proj"),
        K_PROJ("self_attn.k_proj"),
        V_PROJ("self_attn.v_proj"),
        O_PROJ("self_attn.o_proj"),
        POST_ATTENTION_LAYERNORM("post_attention_layernorm"),
        GATE_PROJ("mlp.gate_proj"),
        UP_PROJ("mlp.up_proj"),
        DOWN_PROJ("mlp.down_proj");

        private final String path;

        Module(String path) {
            this.path = path;
        }

        /** The path inside the layer, as {@code target_modules} of an adapter name it by their last part. */
        public String path() {
            return path;
        }
    }
}
