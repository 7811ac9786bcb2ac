package io.github.hanllama.core.checkpoint.huggingface;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.checkpoint.file.FileFormat;
import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.opening.FileCheckpoint;
import io.github.hanllama.core.checkpoint.opening.HeadTying;
import io.github.hanllama.core.checkpoint.opening.OpenShards;
import io.github.hanllama.core.checkpoint.rowquantized.RowScaledWeights;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;

/** Opens Hugging Face folders: {@code config.json} and weights of either kind, whole or in shards. */
public final class HfFolder {
    private static final String CONFIG = "config.json";
    private static final int MAX_CONFIG_BYTES = 1 << 20;

    private final ModelFiles files;
    private final WeightFiles weights;
    private final Consumer<String> warnings;

    private HfFolder(ModelFiles files, WeightFiles weights, Consumer<String> warnings) {
        this.files = files;
        this.weights = weights;
        this.warnings = warnings;
    }

    /** Owns the files from here on, unless it throws. */
    public static Checkpoint open(ModelFiles files, Consumer<String> warnings) {
        PatchHistory.requireModel(files);
        HfFolder folder = new HfFolder(files, WeightFiles.find(files), warnings);
        LlamaConfig config = config(files, warnings);
        return OpenShards.use(files, folder.weights.names(), shards -> folder.open(config, shards));
    }

    /** What {@code config.json} says. */
    public static LlamaConfig config(FileRanges files, Consumer<String> warnings) {
        if (!files.names().contains(CONFIG)) {
            throw new ModelNotFoundException(files.origin() + ": no config.json beside the weights");
        }
        byte[] json = SmallFiles.read(files, CONFIG, MAX_CONFIG_BYTES);
        if (FileFormat.of(files, CONFIG) == FileFormat.LFS_POINTER) {
            throw new ModelFormatException(files.origin() + "/" + CONFIG + ": is " + FileFormat.LFS_POINTER.words()
                    + "; fetch it with git lfs pull");
        }
        return HfConfig.read(json, files.origin() + "/" + CONFIG, warnings);
    }

    private Checkpoint open(LlamaConfig config, List<WeightFile> shards) {
        SequencedMap<String, Tensor> tensors = RowScaledWeights.resolve(files.origin(), config, collect(shards));
        LlamaConfig resolved = HeadTying.resolve(files, config, tensors, warnings);
        return FileCheckpoint.of(files, shards, tensors, resolved, FileCheckpoint.tokenizer(files), CONFIG);
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
