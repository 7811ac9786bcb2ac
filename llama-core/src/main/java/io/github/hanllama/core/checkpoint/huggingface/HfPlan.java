package io.github.hanllama.core.checkpoint.huggingface;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.write.FolderPlan;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.checkpoint.write.ShardFile;
import io.github.hanllama.core.checkpoint.write.ShardPlan;
import io.github.hanllama.core.checkpoint.write.WriteJob;
import io.github.hanllama.core.checkpoint.write.WriteJournal;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Hugging Face folders: weight files of either kind with their index, and config.json. */
public final class HfPlan implements FolderPlan {
    private final WeightKind kind;
    private final Checkpoint checkpoint;
    private final String config;
    private final List<ShardPlan> shards;

    public HfPlan(WeightKind kind, Checkpoint checkpoint, WriteOptions options) {
        this(kind, checkpoint, options, tensors -> ShardPlan.plan(kind, tensors, options.maxShardBytes()));
    }

    /** @param sharding which tensors go into which file */
    HfPlan(
            WeightKind kind,
            Checkpoint checkpoint,
            WriteOptions options,
            Function<List<TensorInfo>, List<ShardPlan>> sharding) {
        this.kind = kind;
        this.checkpoint = checkpoint;
        this.config = HfConfig.write(writtenConfig(checkpoint, options));
        List<TensorInfo> written = checkpoint.tensors().stream()
                .map(info -> written(info, options))
                .toList();
        this.shards = sharding.apply(written);
    }

    /** Whole numbers have scales beside them: no type to be changed. */
    private TensorInfo written(TensorInfo info, WriteOptions options) {
        return info.dtype() == DType.I8
                ? info
                : new TensorInfo(info.name(), info.shape(), FolderPlan.type(checkpoint, info, options, kind.single()));
    }

    private static LlamaConfig writtenConfig(Checkpoint checkpoint, WriteOptions options) {
        LlamaConfig config = checkpoint.config();
        return options.dtype().isEmpty()
                ? config
                : config.toBuilder().dtype(options.dtype()).build();
    }

    @Override
    public List<ShardPlan> shards() {
        return shards;
    }

    @Override
    public List<WriteJob> jobs(List<ShardFile> files, Optional<WriteJournal> journal, MergeManifest manifest) {
        List<WriteJob> jobs = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            List<TensorInfo> held = shards.get(i).layout().tensors();
            List<Tensor> sources =
                    held.stream().map(info -> checkpoint.tensor(info.name())).toList();
            jobs.addAll(files.get(i).jobs(sources, journal, manifest));
        }
        return jobs;
    }

    @Override
    public SequencedMap<String, String> texts() {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        texts.put("config.json", config);
        if (shards.size() > 1) {
            texts.put(kind.index(), index());
        }
        return texts;
    }

    private String index() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        long size = shards.stream().mapToLong(ShardPlan::dataBytes).sum();
        json.putObject("metadata").put("total_size", size);
        Map<String, String> shardOf = new TreeMap<>();
        shards.forEach(shard -> shard.layout().tensors().forEach(tensor -> shardOf.put(tensor.name(), shard.name())));
        shardOf.forEach(json.putObject("weight_map")::put);
        return PrettyJson.print(json);
    }
}
