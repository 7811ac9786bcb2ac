package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Importance matrices call matrices by their names in GGUF. */
final class ImportanceNames {
    private static final Pattern LAYER = Pattern.compile("blk\\.([0-9]{1,4})\\.([a-z_]+)\\.weight");
    private static final Map<String, Module> MODULES = Map.of(
            "attn_q", Module.Q_PROJ,
            "attn_k", Module.K_PROJ,
            "attn_v", Module.V_PROJ,
            "attn_output", Module.O_PROJ,
            "ffn_gate", Module.GATE_PROJ,
            "ffn_up", Module.UP_PROJ,
            "ffn_down", Module.DOWN_PROJ);

    private ImportanceNames() {}

    /** The name here; none for what is no matrix of a LLaMA. */
    static Optional<String> name(String ggufName) {
        if (ggufName.equals("output.weight")) {
            return Optional.of(TensorNames.LM_HEAD);
        }
        if (ggufName.equals("token_embd.weight")) {
            return Optional.of(TensorNames.EMBED_TOKENS);
        }
        Matcher layer = LAYER.matcher(ggufName);
        if (!layer.matches() || !MODULES.containsKey(layer.group(2))) {
            return Optional.empty();
        }
        Module module = MODULES.get(layer.group(2));
        return Optional.of(TensorNames.weight(Integer.parseInt(layer.group(1)), module));
    }
}
