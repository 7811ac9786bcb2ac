package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.lora.AdapterKey.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Puts the halves of low-rank pairs together and checks that they match each other and the configuration. */
final class AdditionReader {
    private final Map<AdapterKey, List<TensorInfo>> byKey;
    private final LoraConfig config;
    private final String origin;

    private AdditionReader(Map<AdapterKey, List<TensorInfo>> byKey, LoraConfig config, String origin) {
        this.byKey = byKey;
        this.config = config;
        this.origin = origin;
    }

    /** What is added, by the name of the model's tensor. */
    static SequencedMap<String, Addition> read(
            Map<AdapterKey, List<TensorInfo>> byKey, LoraConfig config, String origin) {
        AdditionReader reader = new AdditionReader(byKey, config, origin);
        SequencedMap<String, Addition> additions = new LinkedHashMap<>();
        for (AdapterKey key : byKey.keySet()) {
            switch (key.role()) {
                case LOW_RANK_A, LOW_RANK_B, MAGNITUDE -> additions.computeIfAbsent(key.tensor(), reader::pair);
                case ADDED_BIAS -> additions.computeIfAbsent(key.tensor(), reader::bias);
                case WHOLE, UNUSED -> {}
            }
        }
        additions.forEach((name, addition) -> reader.requireBias(name, addition, additions));
        return additions;
    }

    private Addition pair(String tensor) {
        String module = AdapterKey.module(tensor);
        boolean embedding = tensor.equals(TensorNames.EMBED_TOKENS);
        TensorInfo a = half(tensor, Role.LOW_RANK_A, embedding ? "lora_embedding_A" : "lora_A");
        TensorInfo b = half(tensor, Role.LOW_RANK_B, embedding ? "lora_embedding_B" : "lora_B");
        requireShapes(module, a, b);
        requireTarget(module);
        if (embedding) {
            requireNoMagnitude(module);
            return new Addition.EmbeddingPair(a, b, config.scale(module));
        }
        return new Addition.Pair(a, b, magnitude(tensor, b), config.scale(module));
    }

    private Addition bias(String tensor) {
        TensorInfo bias = single(tensor, Role.ADDED_BIAS).orElseThrow();
        return new Addition.Bias(bias, config.scale(AdapterKey.module(tensor)));
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

    private void requireTarget(String module) {
        if (!config.targets(module)) {
            throw new ModelFormatException(origin + ": the file has a low-rank pair for " + module + ", which "
                    + LoraConfigReader.FILE + " excludes (target_modules ["
                    + Listing.of(config.targets().stream()
                            .map(ModulePattern::toString)
                            .toList())
                    + "])");
        }
    }

    private void requireNoMagnitude(String module) {
        if (config.dora()) {
            throw new UnsupportedModelException(origin + ": " + module
                    + ": DoRA (use_dora) of an embedding is not implemented, only that of linear layers");
        }
    }

    private Optional<TensorInfo> magnitude(String tensor, TensorInfo b) {
        Optional<TensorInfo> magnitude = single(tensor, Role.MAGNITUDE);
        if (magnitude.isPresent() != config.dora()) {
            throw new ModelFormatException(origin + ": " + AdapterKey.module(tensor) + ": use_dora is " + config.dora()
                    + ", but the file has " + (config.dora() ? "no" : "a") + " lora_magnitude_vector");
        }
        magnitude.ifPresent(info -> requireLength(info, b));
        return magnitude;
    }

    private void requireLength(TensorInfo vector, TensorInfo b) {
        if (vector.elements() != b.shape().getFirst()) {
            throw new ModelFormatException(origin + ": " + vector.name() + ": expected ["
                    + b.shape().getFirst() + "], one number per row of lora_B, found " + vector.shape());
        }
    }

    private void requireBias(String name, Addition addition, Map<String, Addition> additions) {
        String module = AdapterKey.module(name);
        Addition other = additions.get(module + (addition instanceof Addition.Bias ? ".weight" : ".bias"));
        switch (addition) {
            case Addition.Pair pair
            when (other instanceof Addition.Bias) != config.loraBias() ->
                throw new ModelFormatException(origin + ": " + module + ": lora_bias is " + config.loraBias()
                        + ", but the file has " + (config.loraBias() ? "no" : "a") + " lora_B.bias");
            case Addition.Pair pair when other instanceof Addition.Bias bias -> requireLength(bias.stored(), pair.b());
            case Addition.Bias bias
            when other == null ->
                throw new ModelFormatException(
                        origin + ": " + bias.stored().name() + ": no low-rank pair beside this bias");
            default -> {}
        }
    }
}
