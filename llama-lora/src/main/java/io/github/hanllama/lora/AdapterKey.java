package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorNames;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the name of a tensor in an adapter file means: the tensor of the model it is about, and its part in the change.
 * PEFT's name {@code base_model.model.<module>.lora_A.weight} has many spellings in files found in the wild: with the
 * name of the adapter inside, without the prefix, or as the wrapped layer it was in memory.
 */
record AdapterKey(String tensor, Role role) {
    enum Role {
        /** Of a linear layer (rank, in), of the embedding (rank, vocabulary). */
        LOW_RANK_A,
        /** Of a linear layer (out, rank), of the embedding (width, rank). */
        LOW_RANK_B,
        /** Of {@code lora_bias}: the bias of the second factor. */
        ADDED_BIAS,
        /** DoRA's length per output row. */
        MAGNITUDE,
        /** Takes the place of the base's tensor. */
        WHOLE,
        /** Without meaning for the result: a copy of what was replaced, a buffer that follows from the configuration. */
        UNUSED
    }

    private static final String WEIGHT = ".weight";
    private static final String ADAPTER_NAME = "(?:\\.[\\w-]+)?";
    private static final Pattern LOW_RANK = Pattern.compile("(.+)\\.lora_([AB])" + ADAPTER_NAME + "\\.weight");
    private static final Pattern EMBEDDED = Pattern.compile("(.+)\\.lora_embedding_([AB])" + ADAPTER_NAME);
    private static final Pattern BIAS = Pattern.compile("(.+)\\.lora_B" + ADAPTER_NAME + "\\.bias");
    private static final Pattern LENGTH =
            Pattern.compile("(.+)\\.lora_magnitude_vector" + ADAPTER_NAME + "(?:\\.weight)?");
    private static final Pattern SAVED =
            Pattern.compile("(.+?)(?:\\.base_layer|\\.modules_to_save" + ADAPTER_NAME + ")?\\.(weight|bias)");
    private static final Pattern KEPT = Pattern.compile("(.+)\\.original_module\\.(?:weight|bias)");
    private static final Pattern ROTARY_BUFFER = Pattern.compile("(.+\\.\\d{1,4}\\.self_attn)\\.rotary_emb\\.inv_freq");
    private static final Pattern IN_LAYER = Pattern.compile("model\\.layers\\.(0|[1-9]\\d{0,3})\\.(.+)");

    private static final String HEAD = module(TensorNames.LM_HEAD);
    private static final String EMBEDDING = module(TensorNames.EMBED_TOKENS);
    private static final String NORM = module(TensorNames.NORM);
    private static final Set<String> LAYER_MODULES = Arrays.stream(TensorNames.Module.values())
            .map(TensorNames.Module::path)
            .collect(Collectors.toUnmodifiableSet());

    /** Empty for a name that fits no part of LLaMA. */
    static Optional<AdapterKey> parse(String stored) {
        Matcher pair = LOW_RANK.matcher(stored);
        if (pair.matches()) {
            return weight(linear(pair.group(1)), half(pair.group(2)));
        }
        Matcher embedded = EMBEDDED.matcher(stored);
        if (embedded.matches()) {
            return weight(llamaModule(embedded.group(1)).filter(EMBEDDING::equals), half(embedded.group(2)));
        }
        Matcher bias = BIAS.matcher(stored);
        if (bias.matches()) {
            return linear(bias.group(1)).map(module -> new AdapterKey(module + ".bias", Role.ADDED_BIAS));
        }
        Matcher length = LENGTH.matcher(stored);
        if (length.matches()) {
            return weight(linear(length.group(1)), Role.MAGNITUDE);
        }
        Matcher kept = KEPT.matcher(stored);
        if (kept.matches()) {
            return weight(llamaModule(kept.group(1)), Role.UNUSED);
        }
        Matcher buffer = ROTARY_BUFFER.matcher(stored);
        if (buffer.matches()) {
            return weight(llamaModule(buffer.group(1) + ".q_proj"), Role.UNUSED);
        }
        Matcher saved = SAVED.matcher(stored);
        return saved.matches()
                ? llamaModule(saved.group(1)).map(module -> new AdapterKey(module + "." + saved.group(2), Role.WHOLE))
                : Optional.empty();
    }

    private static Role half(String letter) {
        return letter.equals("A") ? Role.LOW_RANK_A : Role.LOW_RANK_B;
    }

    private static Optional<AdapterKey> weight(Optional<String> module, Role role) {
        return module.map(name -> new AdapterKey(name + WEIGHT, role));
    }

    /** The module a tensor belongs to: the name without {@code .weight} or {@code .bias}. */
    static String module(String tensor) {
        return tensor.substring(0, tensor.lastIndexOf('.'));
    }

    /** The layer a module is in. */
    static Optional<Integer> layer(String module) {
        Matcher m = IN_LAYER.matcher(module);
        return m.matches() ? Optional.of(Integer.valueOf(m.group(1))) : Optional.empty();
    }

    /** Whether a module multiplies by a matrix, so that a low-rank pair can be added to it. */
    static boolean isLinear(String module) {
        return module.equals(HEAD) || module.endsWith("_proj");
    }

    /** Whether a module can have a low-rank pair. */
    static boolean isAdaptable(String module) {
        return isLinear(module) || module.equals(EMBEDDING);
    }

    private static Optional<String> linear(String name) {
        return llamaModule(name).filter(AdapterKey::isLinear);
    }

    private static Optional<String> llamaModule(String name) {
        String module = name.startsWith("base_model.model.") ? name.substring("base_model.model.".length()) : name;
        if (!module.equals(HEAD) && !module.startsWith("model.")) {
            module = "model." + module; // trained on the model without its head
        }
        return isLlamaModule(module) ? Optional.of(module) : Optional.empty();
    }

    private static boolean isLlamaModule(String module) {
        if (module.equals(HEAD) || module.equals(EMBEDDING) || module.equals(NORM)) {
            return true;
        }
        Matcher m = IN_LAYER.matcher(module);
        return m.matches() && LAYER_MODULES.contains(m.group(2));
    }
}
