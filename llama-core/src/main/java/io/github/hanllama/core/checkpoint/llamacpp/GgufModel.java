package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.checkpoint.gguf.GgufConfig;
import io.github.hanllama.core.checkpoint.gguf.GgufFileType;
import io.github.hanllama.core.checkpoint.gguf.GgufMetadata;
import io.github.hanllama.core.checkpoint.gguf.GgufTokens;
import io.github.hanllama.core.checkpoint.gguf.GgufTypes;
import io.github.hanllama.core.checkpoint.llamacpp.GgufNames.Rule;
import io.github.hanllama.core.checkpoint.opening.FileCheckpoint;
import io.github.hanllama.core.checkpoint.opening.OpenShards;
import io.github.hanllama.core.checkpoint.view.RenamedTensor;
import io.github.hanllama.core.checkpoint.view.RotaryLayout;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Opens GGUF files, whole or split. Configuration, tokenizer and chat template are in them; nothing beside them counts.
 * Names and rotary layout become Hugging Face's here, blocks stay blocks.
 */
public final class GgufModel {
    private static final String CONFIG_PLACE = "its metadata";
    private static final int MAX_ROPE_FACTORS = 1 << 16;
    private static final int MAX_NAMED = 10;

    private final ModelFiles files;
    private final SequencedMap<String, Tensor> stored = new LinkedHashMap<>();
    private final Map<String, DType> kept = new HashMap<>();
    private final GgufMetadata metadata;
    private final Consumer<String> warnings;

    private GgufModel(ModelFiles files, GgufMetadata metadata, Consumer<String> warnings) {
        this.files = files;
        this.metadata = metadata;
        this.warnings = warnings;
    }

    /**
     * Owns the files from here on, unless it throws.
     *
     * @param settings those in the head of one of these files
     */
    public static Checkpoint open(
            ModelFiles files, Function<WeightFile, GgufMetadata> settings, Consumer<String> warnings) {
        return OpenShards.use(files, GgufFiles.find(files), shards -> {
            List<GgufMetadata> parts = shards.stream().map(settings).toList();
            GgufConfig.requireLlama(parts.getFirst());
            GgufFiles.requireOneModel(
                    parts,
                    shards.stream().mapToInt(shard -> shard.tensors().size()).sum());
            GgufModel model = new GgufModel(files, parts.getFirst(), warnings);
            for (int i = 0; i < shards.size(); i++) {
                model.collect(shards.get(i), parts.get(i));
            }
            return model.open(shards);
        });
    }

    private void collect(WeightFile part, GgufMetadata settings) {
        List<DType> types = GgufTypes.read(settings);
        if (types.size() == part.tensors().size()) {
            for (int i = 0; i < types.size(); i++) {
                kept.put(part.tensors().get(i).name(), types.get(i));
            }
        }
        for (TensorInfo info : part.tensors()) {
            if (stored.put(info.name(), part.tensor(info.name())) != null) {
                throw new ModelFormatException(
                        part.path() + ": " + info.name() + ": is in another part of the model, too");
            }
        }
    }

    private Checkpoint open(List<WeightFile> shards) {
        SequencedMap<String, Rule> rules = GgufNames.of(GgufConfig.layers(metadata));
        requireKnown(rules);
        LlamaConfig config = GgufConfig.read(metadata, weights(), warnings);
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, DType> written = new HashMap<>();
        stored.forEach((name, tensor) -> {
            Rule rule = rules.get(name);
            if (rule != null) {
                tensors.put(rule.name(), converted(rule, tensor, config.headDim()));
                written.put(rule.name(), writtenType(tensor.info()));
            }
        });
        FileCheckpoint.Words words = FileCheckpoint.Words.inside(
                GgufTokens.tokenizer(metadata, config.vocabSize()), GgufTokens.chatTemplate(metadata));
        return FileCheckpoint.of(files, shards, tensors, config, words, CONFIG_PLACE)
                .types(new FileCheckpoint.Types(written, GgufFileType.read(metadata)));
    }

    /** A number that is stored as F32 may have been one of fewer bits, and the reverse never. */
    private DType writtenType(TensorInfo info) {
        DType before = kept.getOrDefault(info.name(), info.dtype());
        return info.dtype() == DType.F32 && before.isFloatingPoint() ? before : info.dtype();
    }

    private void requireKnown(SequencedMap<String, Rule> rules) {
        List<String> unknown = new ArrayList<>(stored.sequencedKeySet());
        unknown.removeAll(rules.sequencedKeySet());
        unknown.remove(GgufNames.ROPE_FACTORS);
        if (!unknown.isEmpty()) {
            throw new ModelFormatException(metadata.file() + ": expected the tensors of a LLaMA with "
                    + GgufConfig.layers(metadata) + " layers, found also "
                    + String.join(", ", unknown.subList(0, Math.min(MAX_NAMED, unknown.size()))));
        }
    }

    private GgufConfig.Weights weights() {
        Tensor embedding = stored.get(GgufNames.EMBEDDING);
        if (embedding == null || embedding.info().shape().size() != 2) {
            throw new ModelFormatException(metadata.file() + ": expected a matrix " + GgufNames.EMBEDDING + ", found "
                    + (embedding == null ? "none" : embedding.info().shape()) + "; is it a vocabulary alone?");
        }
        return new GgufConfig.Weights(
                embedding.info().rows(),
                !stored.containsKey(GgufNames.OUTPUT),
                stored.containsKey(GgufNames.FIRST_Q_BIAS),
                stored.containsKey(GgufNames.FIRST_GATE_BIAS),
                ropeFactors(),
                embedding.info().dtype());
    }

    private List<Float> ropeFactors() {
        List<Float> factors = new ArrayList<>();
        Tensor tensor = stored.get(GgufNames.ROPE_FACTORS);
        if (tensor == null || files.headersOnly()) {
            return factors;
        }
        TensorInfo info = tensor.info();
        if (info.dtype() != DType.F32 || info.shape().size() != 1 || info.elements() > MAX_ROPE_FACTORS) {
            throw new ModelFormatException(metadata.file() + ": " + info.name() + ": expected an F32 vector of at most "
                    + MAX_ROPE_FACTORS + ", found " + info.dtype() + " " + info.shape());
        }
        tensor.readRows(0, 1, (row, count, values) -> {
            for (int i = 0; i < info.elements(); i++) {
                factors.add(values[i]);
            }
        });
        return factors;
    }

    private Tensor converted(Rule rule, Tensor tensor, int headDim) {
        if (!rule.rotary()) {
            return RenamedTensor.of(tensor, rule.name());
        }
        TensorInfo info = tensor.info();
        boolean blocksInVector = info.shape().size() == 1 && info.dtype().isBlocks();
        if (info.shape().getFirst() % headDim != 0 || info.shape().size() > 2 || blocksInVector) {
            throw new ModelFormatException(metadata.file() + ": " + info.name() + ": expected heads of " + headDim
                    + " rows, found " + info.dtype() + " " + info.shape());
        }
        return RenamedTensor.of(RotaryLayout.HALF_SPLIT.of(tensor, headDim), rule.name());
    }
}
