package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.json.PrettyJson;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** The files of an OpenChineseLLaMA patch: one for each layer, a history in which none is applied, and what its base is. */
final class PatchPlan implements FolderPlan {
    private final String baseContentSha256;
    private final HfPlan files;

    PatchPlan(String baseContentSha256, Checkpoint checkpoint, WriteOptions options) {
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
        ObjectNode base = JsonNodeFactory.instance.objectNode().put(PatchBase.FIELD, baseContentSha256);
        SequencedMap<String, String> texts = files.texts();
        texts.put(PatchHistory.NAME, PrettyJson.print(history));
        texts.put(PatchBase.NAME, PrettyJson.print(base));
        return texts;
    }
}
