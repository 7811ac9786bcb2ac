package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.json.StrictJson;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads {@code adapter_config.json}. A setting that changes what the weights mean is implemented or refused by its name,
 * never skipped: old and new PEFT write many keys that only matter when they are set, and those are told by being null,
 * false or empty.
 */
final class LoraConfigReader {
    static final String FILE = "adapter_config.json";
    static final int MAX_RANK = 4096;

    private static final System.Logger LOG = System.getLogger(LoraConfigReader.class.getName());
    private static final int DEFAULT_RANK = 8; // PEFT's, and for alpha too
    private static final int MAX_LAYER = 1023;
    private static final Set<String> IMPLEMENTED = Set.of(
            "peft_type",
            "r",
            "lora_alpha",
            "use_rslora",
            "use_dora",
            "lora_bias",
            "fan_in_fan_out",
            "target_modules",
            "exclude_modules",
            "layers_to_transform",
            "layers_pattern",
            "rank_pattern",
            "alpha_pattern",
            "modules_to_save",
            "bias",
            "init_lora_weights",
            "base_model_name_or_path");

    /** Settings of training, or of where things run; the saved weights mean the same with any value. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "auto_mapping",
            "inference_mode",
            "lora_dropout",
            "megatron_core",
            "peft_version",
            "qalora_group_size",
            "revision",
            "runtime_config",
            "task_type",
            "loftq_config", // these four only with the initialisation that is refused below
            "eva_config",
            "corda_config",
            "lora_ga_config");

    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("layer_replication", "a model with copied layers"),
            Map.entry("trainable_token_indices", "single trained rows of the embedding"),
            Map.entry("target_parameters", "parameters that are no linear layers"),
            Map.entry("enable_lora", "an adapted part of a joined projection"),
            Map.entry("alora_invocation_tokens", "an adapter that is only active from a certain token on"),
            Map.entry("ensure_weight_tying", "an adapter shared by embedding and head"),
            Map.entry("megatron_config", "a model split over machines"),
            Map.entry("use_qalora", "an adapter on averaged groups of inputs (QA-LoRA)"),
            Map.entry("use_bdlora", "block-diagonal factors (BD-LoRA)"),
            Map.entry("arrow_config", "a router over several adapters (Arrow)"),
            Map.entry("kasa_config", "a base with its small singular values cut off (KaSA)"),
            Map.entry("monteclora_config", "factors sampled anew each time (MonteCLoRA)"),
            Map.entry("velora_config", "training with compressed activations (VeLoRA)"));

    /** First guesses that leave the base as it is; all others are refused. */
    private static final Set<String> PLAIN_STARTS = Set.of("gaussian", "eva", "orthogonal", "mica");

    private LoraConfigReader() {}

    /** @param where file and adapter, for messages */
    static LoraConfig read(byte[] json, String where) {
        ObjectNode object = StrictJson.object(json, where);
        JsonFields fields = new JsonFields(object, where);
        requireLora(fields, where);
        object.properties().forEach(entry -> requireKnown(entry.getKey(), entry.getValue(), where));
        requireUnchangedBase(fields, where);
        requireKnownBias(fields);
        warnOfTransposed(fields, where);
        try {
            return read(fields);
        } catch (UnsupportedModelException e) { // a module pattern, which does not know where it stands
            throw new UnsupportedModelException(where + ": " + e.getMessage(), e);
        }
    }

    private static LoraConfig read(JsonFields fields) {
        return new LoraConfig(
                fields.integer("r", DEFAULT_RANK, MAX_RANK),
                fields.positive("lora_alpha", DEFAULT_RANK),
                fields.flag("use_rslora"),
                fields.flag("use_dora"),
                fields.flag("lora_bias"),
                modules(fields, "target_modules"),
                modules(fields, "exclude_modules"),
                layers(fields),
                fields.patterns("rank_pattern", node -> fields.integer(node, "rank_pattern", MAX_RANK)),
                fields.patterns("alpha_pattern", node -> fields.positive(node, "alpha_pattern")),
                fields.texts("modules_to_save"),
                fields.text("base_model_name_or_path").filter(name -> !name.isBlank()));
    }

    private static void requireLora(JsonFields fields, String where) {
        String type = fields.text("peft_type")
                .orElseThrow(() -> new ModelFormatException(where + ": expected peft_type \"LORA\", found none"));
        if (!type.equals("LORA")) {
            throw new UnsupportedModelException(
                    where + ": peft_type " + StrictJson.printable(type) + " cannot be merged; only LORA adapters can");
        }
    }

    private static void requireKnown(String key, JsonNode value, String where) {
        if (IMPLEMENTED.contains(key) || WITHOUT_EFFECT.contains(key) || isUnset(value)) {
            return;
        }
        String reason = REASONS.get(key);
        throw new UnsupportedModelException(where + ": " + StrictJson.printable(key + " is set to " + value) + ", "
                + (reason == null ? "which this library does not know" : "that is " + reason)
                + "; ignoring it would give wrong weights");
    }

    private static boolean isUnset(JsonNode value) {
        return value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isTextual() && value.textValue().isEmpty())
                || (value.isContainerNode() && value.isEmpty());
    }

    /** PiSSA, OLoRA, LoftQ and their like subtract the first guess from the base, which then is another model. */
    private static void requireUnchangedBase(JsonFields fields, String where) {
        JsonNode value = fields.get("init_lora_weights").orElse(null);
        if (value == null || value.isBoolean()) {
            return;
        }
        if (!PLAIN_STARTS.contains(value.asText())) {
            throw new UnsupportedModelException(where + ": init_lora_weights " + StrictJson.printable(value.toString())
                    + " changes the base model itself; save the adapter converted to plain LoRA"
                    + " (PEFT: path_initial_model_for_weight_conversion)");
        }
    }

    /**
     * Weights stored (in, out) are GPT-2's. LLaMA's linear layers are (out, in), and for such PEFT, from its first
     * version on, resets the setting when it trains and when it loads; files that still carry it mean plain pairs.
     */
    private static void warnOfTransposed(JsonFields fields, String where) {
        if (fields.flag("fan_in_fan_out")) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: fan_in_fan_out is set, but LLaMA''s weights are (out, in); reading it as false, as PEFT does",
                    where);
        }
    }

    /** A list names modules by their ends; a text is a regular expression, or stands for every linear layer. */
    private static List<ModulePattern> modules(JsonFields fields, String key) {
        JsonNode node = fields.get(key).orElse(null);
        if (node == null || !node.isTextual()) {
            return fields.texts(key).stream().map(ModulePattern::name).toList();
        }
        String text = node.textValue();
        return text.isEmpty() || text.equals("all-linear") ? List.of() : List.of(ModulePattern.whole(text));
    }

    private static Set<Integer> layers(JsonFields fields) {
        Set<Integer> layers = new TreeSet<>(fields.indexes("layers_to_transform", MAX_LAYER));
        JsonNode pattern = fields.get("layers_pattern").orElse(null);
        if (!layers.isEmpty()
                && pattern != null
                && !isUnset(pattern)
                && !pattern.toString().contains("layers")) {
            throw fields.unexpected("layers_pattern", "the name of LLaMA's list of layers, \"layers\"", pattern);
        }
        return layers;
    }

    /** Biases come whole, like every tensor that is no low-rank pair; the file says which. */
    private static void requireKnownBias(JsonFields fields) {
        if (!Set.of("none", "all", "lora_only").contains(fields.text("bias").orElse("none"))) {
            JsonNode found = fields.get("bias").orElseThrow();
            throw fields.unexpected("bias", "\"none\", \"all\" or \"lora_only\"", found);
        }
    }
}
