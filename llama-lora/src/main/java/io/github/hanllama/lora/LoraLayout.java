package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * What the tensors of an adapter file do, by the name of the model's tensor they change. Every tensor of the file has its
 * place here, or there is no layout.
 *
 * <p>Where a tensor is replaced and added to, it is replaced first: PEFT saves an embedding it adapts along with the pair,
 * since the vocabulary may have grown. Beside the pair of a layer's weight, a whole one is but the frozen base.
 *
 * @param wholes what is replaced
 * @param additions what is added
 * @param frozen copies of what the base should hold already
 */
record LoraLayout(
        SequencedMap<String, Whole> wholes,
        SequencedMap<String, Addition> additions,
        SequencedMap<String, Whole> frozen) {
    /**
     * A tensor that comes whole.
     *
     * @param copies the same tensor under other spellings; equal, or the file is refused
     */
    record Whole(TensorInfo stored, List<TensorInfo> copies) {}

    /**
     * Sorts the tensors of a file.
     *
     * @param origin for messages
     * @throws io.github.hanllama.core.error.UnsupportedModelException when a tensor fits no part of LLaMA
     * @throws io.github.hanllama.core.error.ModelFormatException when pairs are incomplete, their shapes disagree, or
     *     they are not what the configuration says
     */
    static LoraLayout of(List<TensorInfo> stored, LoraConfig config, String origin) {
        Map<AdapterKey, List<TensorInfo>> byKey = byKey(stored, config, origin);
        SequencedMap<String, Addition> additions = AdditionReader.read(byKey, config, origin);
        SequencedMap<String, Whole> wholes = new LinkedHashMap<>();
        SequencedMap<String, Whole> frozen = new LinkedHashMap<>();
        byKey.forEach((key, infos) -> {
            if (key.role() == AdapterKey.Role.WHOLE) {
                Whole whole = new Whole(infos.getFirst(), List.copyOf(infos.subList(1, infos.size())));
                boolean base = isLayerWeight(key.tensor()) && additions.containsKey(key.tensor());
                (base ? frozen : wholes).put(key.tensor(), whole);
            }
        });
        LoraLayout layout = new LoraLayout(wholes, additions, frozen);
        LayoutChecks.check(layout, config, origin);
        return layout;
    }

    private static boolean isLayerWeight(String tensor) {
        return tensor.endsWith(".weight") && !LoraInfo.BY_VOCABULARY.contains(tensor);
    }

    /** The names of all tensors of the model that change. */
    SequencedSet<String> changed() {
        SequencedSet<String> names = new LinkedHashSet<>(wholes.keySet());
        names.addAll(additions.keySet());
        return names;
    }

    private static Map<AdapterKey, List<TensorInfo>> byKey(List<TensorInfo> stored, LoraConfig config, String origin) {
        Map<AdapterKey, List<TensorInfo>> byKey = new LinkedHashMap<>();
        List<String> leftovers = new ArrayList<>();
        for (TensorInfo info : stored) {
            AdapterKey.parse(info.name())
                    .ifPresentOrElse(
                            key -> byKey.computeIfAbsent(key, k -> new ArrayList<>())
                                    .add(info),
                            () -> leftovers.add(info.name()));
        }
        if (!leftovers.isEmpty()) {
            throw new UnsupportedModelException(origin + ": " + leftovers.size() + " of " + stored.size()
                    + " tensors fit no part of LLaMA"
                    + config.declaredBase()
                            .map(base -> " (trained on " + Listing.of(List.of(base)) + ")")
                            .orElse("")
                    + ": " + Listing.of(leftovers));
        }
        return byKey;
    }
}
