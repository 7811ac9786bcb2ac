package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * What the tensors of an adapter file do, by the name of the model's tensor they change. Every tensor of the file has its
 * place here, or there is no layout.
 *
 * @param pairs what is added
 * @param wholes what is replaced
 */
record LoraLayout(SequencedMap<String, Pair> pairs, SequencedMap<String, Whole> wholes) {
    /**
     * {@code scale * (b @ a)}; the infos are those of the file.
     *
     * @param a (rank, in)
     * @param b (out, rank)
     * @param magnitude (out) of DoRA
     */
    record Pair(TensorInfo a, TensorInfo b, Optional<TensorInfo> magnitude, float scale) {
        long rows() {
            return b.shape().getFirst();
        }

        long columns() {
            return a.shape().getLast();
        }

        List<Long> shape() {
            return List.of(rows(), columns());
        }
    }

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
     * @throws UnsupportedModelException when a tensor fits no part of LLaMA
     * @throws io.github.hanllama.core.error.ModelFormatException when pairs are incomplete, their shapes disagree, or
     *     they are not what the configuration says
     */
    static LoraLayout of(List<TensorInfo> stored, LoraConfig config, String origin) {
        Map<AdapterKey, List<TensorInfo>> byKey = byKey(stored, config, origin);
        SequencedMap<String, Pair> pairs = PairReader.read(byKey, config, origin);
        SequencedMap<String, Whole> wholes = new LinkedHashMap<>();
        byKey.forEach((key, infos) -> {
            if (key.role() == AdapterKey.Role.WHOLE) {
                wholes.put(key.tensor(), new Whole(infos.getFirst(), List.copyOf(infos.subList(1, infos.size()))));
            }
        });
        LoraLayout layout = new LoraLayout(pairs, wholes);
        LayoutChecks.check(layout, config, origin);
        return layout;
    }

    /** The names of all tensors of the model that change. */
    SequencedSet<String> changed() {
        return shapes().sequencedKeySet();
    }

    /** The shape of every change. */
    SequencedMap<String, List<Long>> shapes() {
        SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();
        wholes.forEach((name, whole) -> shapes.put(name, whole.stored().shape()));
        pairs.forEach((name, pair) -> shapes.put(name, pair.shape()));
        return shapes;
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
