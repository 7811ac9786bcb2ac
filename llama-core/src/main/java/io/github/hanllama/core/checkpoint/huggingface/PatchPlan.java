package io.github.hanllama.core.checkpoint.huggingface;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.PatchBase;
import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.write.FolderPlan;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.checkpoint.write.ShardFile;
import io.github.hanllama.core.checkpoint.write.ShardPlan;
import io.github.hanllama.core.checkpoint.write.WriteJob;
import io.github.hanllama.core.checkpoint.write.WriteJournal;
import io.github.hanllama.core.json.PrettyJson;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** The files of an OpenChineseLLaMA patch: one for each layer, a history in which none is applied, and what its base is. */
public final class PatchPlan implements FolderPlan {
    private final String baseContentSha256;
    private final HfPlan files;

    public PatchPlan(String baseContentSha256, Checkpoint checkpoint, WriteOptions options) {
        this.baseContentSha256 = baseContentSha256;
        int layers = checkpoint.config().numHiddenLayers();
        this.files =
                new HfPlan(WeightKind.TORCH, checkpoint, options, tensors -> ShardPlan.planByLayer(tensors, layers));
    }

    @Override
    public List<ShardPlan> shards() {
        return files.shards();
    }

    @Override
    public List<WriteJob> jobs(List<ShardFile> shards, Optional<WriteJournal> journal, MergeManifest manifest) {
        return files.jobs(shards, journal, manifest);
    }

    @Override
    public SequencedMap<String, String> texts() {
        ObjectNode history = JsonNodeFactory.instance.objectNode();
        shards().forEach(shard -> history.put(shard.name(), false));
        SequencedMap<String, String> texts = files.texts();
        texts.put(PatchHistory.NAME, PrettyJson.print(history));
        texts.put(PatchBase.NAME, new PatchBase(baseContentSha256).json());
        return texts;
    }
}
