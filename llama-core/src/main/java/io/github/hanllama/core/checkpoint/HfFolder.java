package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.ModelFiles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;

/** Opens Hugging Face folders: {@code config.json} and weights of either kind, whole or in shards. */
final class HfFolder {
    private final ModelFiles files;
    private final WeightFiles weights;
    private final Consumer<String> warnings;

    private HfFolder(ModelFiles files, WeightFiles weights, Consumer<String> warnings) {
        this.files = files;
        this.weights = weights;
        this.warnings = warnings;
    }

    /** Owns the files from here on, unless it throws. */
    static Checkpoint open(ModelFiles files, Consumer<String> warnings) {
        PatchHistory.requireModel(files);
        HfFolder folder = new HfFolder(files, WeightFiles.find(files), warnings);
        LlamaConfig config = Checkpoints.config(files, warnings);
        return OpenShards.use(files, folder.weights.names(), shards -> folder.open(config, shards));
    }

    private Checkpoint open(LlamaConfig config, List<WeightFile> shards) {
        SequencedMap<String, Tensor> tensors = RowScaledWeights.resolve(files.origin(), config, collect(shards));
        LlamaConfig resolved = HeadTying.resolve(files, config, tensors, warnings);
        return FileCheckpoint.of(files, shards, tensors, resolved, FileCheckpoint.tokenizer(files), "config.json");
    }

    private SequencedMap<String, Tensor> collect(List<WeightFile> shards) {
        Map<String, List<TensorInfo>> contents = new LinkedHashMap<>();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < shards.size(); i++) {
            WeightFile shard = shards.get(i);
            contents.put(weights.names().get(i), shard.tensors());
            for (TensorInfo info : shard.tensors()) {
                boolean twice = !ExpectedTensors.isIgnored(info.name())
                        && tensors.put(info.name(), shard.tensor(info.name())) != null;
                if (twice && weights.index().isEmpty()) {
                    throw new ModelFormatException(files.origin() + ": " + info.name() + ": is in "
                            + weights.names().get(i) + " and in another shard");
                }
            }
        }
        weights.index().ifPresent(index -> check(index, contents));
        return tensors;
    }

    /** Only writers of safetensors count bytes alike; of the others one writes 0, one counts what it dropped. */
    private void check(ShardIndex index, Map<String, List<TensorInfo>> contents) {
        index.check(contents);
        List<TensorInfo> tensors =
                contents.values().stream().flatMap(List::stream).toList();
        index.sizeProblem(tensors).ifPresent(problem -> {
            if (weights.kind() == WeightKind.SAFETENSORS) {
                throw new ModelFormatException(problem);
            }
            warnings.accept(problem);
        });
    }
}
