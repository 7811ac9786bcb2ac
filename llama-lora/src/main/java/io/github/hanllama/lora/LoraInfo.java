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
        List<TensorInfo> needs = layout.pairs().entrySet().stream()
                .map(entry -> new TensorInfo(
                        entry.getKey(),
                        entry.getValue().shape(),
                        entry.getValue().a().dtype()))
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
        SequencedMap<String, String> facts = new LinkedHashMap<>();
        facts.put("rank", String.valueOf(config.rank()));
        facts.put("alpha", String.valueOf(config.alpha()));
        if (config.rsLora() || config.dora()) {
            facts.put("variant", config.rsLora() ? config.dora() ? "rsLoRA, DoRA" : "rsLoRA" : "DoRA");
        }
        facts.put("pairs", String.valueOf(layout.pairs().size()));
        facts.put("modules", ends(layout.pairs()));
        facts.put("replaces", ends(layout.wholes()));
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
