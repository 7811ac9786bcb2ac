package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Says of an adapter what core wants to know. */
final class LoraInfo {
    /** What grows with the vocabulary; every other tensor keeps its shape. */
    static final Set<String> BY_VOCABULARY = Set.of(TensorNames.EMBED_TOKENS, TensorNames.LM_HEAD);

    private LoraInfo() {}

    static AdapterInfo of(LoraLayout layout, LoraConfig config) {
        List<TensorInfo> needs = layout.additions().entrySet().stream()
                .filter(entry -> !layout.wholes().containsKey(entry.getKey()))
                .map(entry -> new TensorInfo(
                        entry.getKey(),
                        entry.getValue().shape(),
                        entry.getValue().stored().dtype()))
                .toList();
        List<TensorInfo> replaces = layout.wholes().entrySet().stream()
                .map(entry -> named(entry.getKey(), entry.getValue().stored()))
                .toList();
        return new AdapterInfo(
                LoraAdapter.KIND,
                needs,
                replaces,
                vocabularySize(layout),
                config.declaredBase(),
                facts(layout, config));
    }

    /** Of an adapter whose weights would have to be fetched to know more. */
    static AdapterInfo ofConfigAlone(LoraConfig config) {
        SequencedMap<String, String> facts = facts(config);
        facts.put("tensors", "known when the file is here");
        return new AdapterInfo(
                LoraAdapter.KIND, List.of(), List.of(), OptionalInt.empty(), config.declaredBase(), facts);
    }

    static TensorInfo named(String name, TensorInfo info) {
        return new TensorInfo(name, info.shape(), info.dtype());
    }

    /** Rows of the embedding or head it brings. */
    static OptionalInt vocabularySize(LoraLayout layout) {
        return layout.wholes().entrySet().stream()
                .filter(entry -> BY_VOCABULARY.contains(entry.getKey()))
                .mapToInt(entry -> Math.toIntExact(entry.getValue().stored().rows()))
                .findFirst();
    }

    private static SequencedMap<String, String> facts(LoraLayout layout, LoraConfig config) {
        SequencedMap<String, String> facts = facts(config);
        long biases = layout.additions().values().stream()
                .filter(Addition.Bias.class::isInstance)
                .count();
        facts.put("pairs", String.valueOf(layout.additions().size() - biases));
        facts.put("modules", ends(layout.additions()));
        facts.put("replaces", ends(layout.wholes()));
        return facts;
    }

    private static SequencedMap<String, String> facts(LoraConfig config) {
        SequencedMap<String, String> facts = new LinkedHashMap<>();
        facts.put("rank", String.valueOf(config.rank()));
        facts.put("alpha", String.valueOf(config.alpha()));
        if (config.rsLora() || config.dora()) {
            facts.put("variant", config.rsLora() ? config.dora() ? "rsLoRA, DoRA" : "rsLoRA" : "DoRA");
        }
        return facts;
    }

    /** The last parts of the modules' names, each once. */
    private static String ends(SequencedMap<String, ?> tensors) {
        return tensors.keySet().stream()
                .map(AdapterKey::module)
                .map(module -> module.substring(module.lastIndexOf('.') + 1))
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(Collectors.joining(", "));
    }
}
