package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.lora.AdapterKey.Role;
import io.github.hanllama.lora.LoraLayout.Pair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Puts the halves of low-rank pairs together and checks that they match each other and the configuration. */
final class PairReader {
    private final Map<AdapterKey, List<TensorInfo>> byKey;
    private final LoraConfig config;
    private final String origin;

    private PairReader(Map<AdapterKey, List<TensorInfo>> byKey, LoraConfig config, String origin) {
        this.byKey = byKey;
        this.config = config;
        this.origin = origin;
    }

    static SequencedMap<String, Pair> read(Map<AdapterKey, List<TensorInfo>> byKey, LoraConfig config, String origin) {
        PairReader reader = new PairReader(byKey, config, origin);
        SequencedMap<String, Pair> pairs = new LinkedHashMap<>();
        for (AdapterKey key : byKey.keySet()) {
            if (key.role() != Role.WHOLE && key.role() != Role.ORIGINAL) {
                pairs.computeIfAbsent(key.tensor(), reader::pair);
            }
        }
        return pairs;
    }

    private Pair pair(String tensor) {
        String module = AdapterKey.module(tensor);
        TensorInfo a = half(tensor, Role.LOW_RANK_A, "lora_A");
        TensorInfo b = half(tensor, Role.LOW_RANK_B, "lora_B");
        requireShapes(module, a, b);
        Optional<TensorInfo> magnitude = magnitude(tensor, b);
        if (!config.targets(module)) {
            throw new ModelFormatException(origin + ": the file has a low-rank pair for " + module + ", which "
                    + LoraConfigReader.FILE + " excludes (target_modules " + config.targets() + ")");
        }
        return new Pair(a, b, magnitude, config.scale(module));
    }

    private TensorInfo half(String tensor, Role role, String name) {
        return single(tensor, role)
                .orElseThrow(() -> new ModelFormatException(origin + ": " + AdapterKey.module(tensor) + ": no " + name
                        + ", found only " + presentHalves(tensor)));
    }

    /** A factor under two spellings would be two adapters in one file, or one damaged. */
    private Optional<TensorInfo> single(String tensor, Role role) {
        List<TensorInfo> infos = byKey.getOrDefault(new AdapterKey(tensor, role), List.of());
        if (infos.size() > 1) {
            throw new ModelFormatException(origin + ": the same factor twice: "
                    + Listing.of(infos.stream().map(TensorInfo::name).toList()));
        }
        infos.forEach(this::requireFloats);
        return infos.stream().findFirst();
    }

    private String presentHalves(String tensor) {
        List<String> found = byKey.entrySet().stream()
                .filter(entry -> entry.getKey().tensor().equals(tensor))
                .flatMap(entry -> entry.getValue().stream())
                .map(info -> info.name() + " " + info.shape())
                .toList();
        return Listing.of(found);
    }

    private void requireFloats(TensorInfo info) {
        if (!info.dtype().isFloatingPoint()) {
            throw new UnsupportedModelException(
                    origin + ": " + info.name() + ": expected floating-point numbers, found " + info.dtype());
        }
    }

    private void requireShapes(String module, TensorInfo a, TensorInfo b) {
        int rank = config.rank(module);
        boolean matrices = a.shape().size() == 2 && b.shape().size() == 2;
        if (!matrices
                || a.shape().getFirst() != rank
                || b.shape().getLast() != rank
                || a.elements() == 0
                || b.elements() == 0) {
            throw new ModelFormatException(
                    origin + ": " + module + ": expected lora_A [" + rank + ", in] and lora_B [out, " + rank
                            + "] for r " + rank + ", found " + a.shape() + " and " + b.shape());
        }
    }

    private Optional<TensorInfo> magnitude(String tensor, TensorInfo b) {
        Optional<TensorInfo> magnitude = single(tensor, Role.MAGNITUDE);
        if (magnitude.isPresent() != config.dora()) {
            throw new ModelFormatException(origin + ": " + AdapterKey.module(tensor) + ": use_dora is " + config.dora()
                    + ", but the file has " + (config.dora() ? "no" : "a") + " lora_magnitude_vector");
        }
        magnitude.ifPresent(info -> {
            if (info.elements() != b.shape().getFirst()) {
                throw new ModelFormatException(origin + ": " + info.name() + ": expected ["
                        + b.shape().getFirst() + "], one length per row of lora_B, found " + info.shape());
            }
        });
        return magnitude;
    }
}
