package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.ConfigOverrides;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.PatchBase;
import io.github.hanllama.core.checkpoint.PatchHistory;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/** An opened patch: its weight files, mapped, and what lies beside them. */
final class PatchWeights implements AdapterWeights {
    private static final String ROTARY_BUFFER = "rotary_emb.inv_freq"; // follows from the configuration

    private final ModelFiles files;
    private final PatchHistory history;
    private final Optional<PatchBase> madeFor;
    private final List<WeightFile> shards;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final AdapterExtras extras;

    private PatchWeights(ModelFiles files, PatchHistory history, List<WeightFile> shards) {
        this.files = files;
        this.history = history;
        this.madeFor = PatchBase.read(files);
        this.shards = shards;
        this.extras = AdapterExtras.read(files);
        shards.forEach(this::collect);
    }

    static PatchWeights open(ModelFiles files, PatchHistory history) {
        requireListed(files, history);
        List<WeightFile> shards = new ArrayList<>();
        try {
            history.applied().keySet().forEach(name -> shards.add(WeightFile.open(files, name)));
            return new PatchWeights(files, history, Collections.unmodifiableList(shards));
        } catch (RuntimeException e) {
            shards.forEach(WeightFile::close);
            throw e;
        }
    }

    /** The weight files in the history and those in the folder must be the same. */
    private static void requireListed(ModelFiles files, PatchHistory history) {
        for (String name : history.applied().keySet()) {
            if (!files.names().contains(name)) {
                throw new ModelNotFoundException(
                        history.file() + ": " + name + ": named here but not there; fetch it too");
            }
        }
        List<String> others = files.names().stream()
                .filter(name -> name.endsWith(".bin") && !history.applied().containsKey(name))
                .toList();
        if (history.applied().isEmpty() || !others.isEmpty()) {
            throw new ModelFormatException(
                    history.file() + ": expected every weight file of the folder, found no word of "
                            + (others.isEmpty() ? "any" : Listing.of(others)));
        }
    }

    private void collect(WeightFile shard) {
        for (TensorInfo info : shard.tensors()) {
            boolean twice =
                    !info.name().endsWith(ROTARY_BUFFER) && tensors.put(info.name(), shard.tensor(info.name())) != null;
            if (twice) {
                throw new ModelFormatException(origin() + ": " + info.name() + ": is in "
                        + shard.path().getFileName() + " and in another file");
            }
        }
    }

    @Override
    public String origin() {
        return files.origin();
    }

    @Override
    public AdapterInfo info() {
        return DeltaPatch.info(
                history, tensors.values().stream().map(Tensor::info).toList());
    }

    @Override
    public SequencedSet<String> changedTensors() {
        return new LinkedHashSet<>(tensors.keySet());
    }

    /** @throws UnsupportedModelException always: a difference alone is not a weight */
    @Override
    public Optional<TensorChange> change(String tensorName) {
        throw new UnsupportedModelException(
                origin()
                        + ": is a patch of all weights, which cannot be attached to a model that is loaded; merge it into the base");
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return extras.tokenizer();
    }

    @Override
    public ConfigOverrides overrides() {
        return ConfigOverrides.NONE;
    }

    @Override
    public Checkpoint mergeInto(Checkpoint base) {
        PatchFit.check(base, this);
        return PatchedCheckpoint.of(base, this);
    }

    /** The differences by the names of the weights. */
    SequencedMap<String, Tensor> tensors() {
        return Collections.unmodifiableSequencedMap(tensors);
    }

    /** The base it says it belongs to; only patches of this library do. */
    Optional<PatchBase> madeFor() {
        return madeFor;
    }

    AdapterExtras extras() {
        return extras;
    }

    List<Path> weightFiles() {
        return shards.stream().map(WeightFile::path).toList();
    }

    /** What stands for every byte of it. */
    String identity() {
        return Sha256.of(weightFiles().stream().map(Sha256::of).toArray(String[]::new));
    }

    @Override
    public void close() {
        shards.forEach(WeightFile::close);
        files.close();
    }
}
