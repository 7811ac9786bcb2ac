package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What GGUF calls each tensor, and what it is here. */
public final class GgufNames {
    static final String EMBEDDING = "token_embd.weight";
    static final String OUTPUT = "output.weight";
    static final String ROPE_FACTORS = "rope_freqs.weight";
    static final String FIRST_Q_BIAS = "blk.0.attn_q.bias";
    static final String FIRST_GATE_BIAS = "blk.0.ffn_gate.bias";

    private static final Pattern LAYER = Pattern.compile("blk\\.([0-9]{1,4})\\.([a-z_]+)\\.weight");
    private static final Map<String, Module> MODULES =
            Arrays.stream(Module.values()).collect(Collectors.toMap(GgufNames::name, Function.identity()));

    /**
     * What a tensor is here.
     *
     * @param name Hugging Face's
     * @param rotary whether its rows are rotated in pairs
     */
    record Rule(String name, boolean rotary) {}

    private final SequencedMap<String, Rule> rules = new LinkedHashMap<>();

    private GgufNames() {}

    /** Every tensor that a model may have, by its name in GGUF, in the order in which llama.cpp writes them. */
    static SequencedMap<String, Rule> of(int layers) {
        GgufNames names = new GgufNames();
        names.rules.put(EMBEDDING, new Rule(TensorNames.EMBED_TOKENS, false));
        for (int layer = 0; layer < layers; layer++) {
            for (Module module : Module.values()) {
                String name = "blk." + layer + "." + name(module);
                boolean rotary = module == Module.Q_PROJ || module == Module.K_PROJ;
                names.rules.put(name + ".weight", new Rule(TensorNames.weight(layer, module), rotary));
                names.rules.put(name + ".bias", new Rule(TensorNames.bias(layer, module), rotary));
            }
        }
        names.rules.put("output_norm.weight", new Rule(TensorNames.NORM, false));
        names.rules.put(OUTPUT, new Rule(TensorNames.LM_HEAD, false));
        return names.rules;
    }

    /** Hugging Face's name of a weight, whichever layer it is of; none for what is no weight of a LLaMA's layer or vocabulary. */
    public static Optional<String> weight(String ggufName) {
        Matcher layer = LAYER.matcher(ggufName);
        if (layer.matches()) {
            return Optional.ofNullable(MODULES.get(layer.group(2)))
                    .map(module -> TensorNames.weight(Integer.parseInt(layer.group(1)), module));
        }
        return switch (ggufName) {
            case EMBEDDING -> Optional.of(TensorNames.EMBED_TOKENS);
            case OUTPUT -> Optional.of(TensorNames.LM_HEAD);
            default -> Optional.empty();
        };
    }

    private static String name(Module module) {
        return switch (module) {
            case INPUT_LAYERNORM -> "attn_norm";
            case Q_PROJ -> "attn_q";
            case K_PROJ -> "attn_k";
            case V_PROJ -> "attn_v";
            case O_PROJ -> "attn_output";
            case POST_ATTENTION_LAYERNORM -> "ffn_norm";
            case GATE_PROJ -> "ffn_gate";
            case UP_PROJ -> "ffn_up";
            case DOWN_PROJ -> "ffn_down";
        };
    }
}
