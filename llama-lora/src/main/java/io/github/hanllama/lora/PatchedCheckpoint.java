package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * A base with a patch added, computed when it is read.
 *
 * <p>What a patch of this library brings beside the weights is the tuned model's. Those of OpenChineseLLaMA repeat the base's
 * tokenizer and have wrong ids in their settings (0, 1 and -1 for 1, 2 and none), so that of them only the tokenizer counts,
 * where the base has none.
 */
final class PatchedCheckpoint extends DerivedCheckpoint {
    private final PatchWeights patch;
    private volatile String identity = "";

    private PatchedCheckpoint(Checkpoint base, PatchWeights patch, SequencedMap<String, Tensor> tensors) {
        super(base, tensors);
        this.patch = patch;
    }

    /** The two must have been found to fit. */
    static PatchedCheckpoint of(Checkpoint base, PatchWeights patch) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        base.tensors()
                .forEach(info -> tensors.put(
                        info.name(),
                        Optional.ofNullable(patch.tensors().get(info.name()))
                                .map(delta -> Sums.rounded(base.tensor(info.name()), delta, 1, patch.origin()))
                                .orElseGet(() -> base.tensor(info.name()))));
        return new PatchedCheckpoint(base, patch, tensors);
    }

    /** Whether this patch is part of a checkpoint. */
    static boolean contains(Checkpoint checkpoint, PatchWeights patch) {
        return checkpoint instanceof PatchedCheckpoint patched
                && (patched.patch.weightFiles().equals(patch.weightFiles()) || contains(patched.base(), patch));
    }

    private boolean settingsCount() {
        return patch.madeFor().isPresent();
    }

    @Override
    public String origin() {
        return base().origin() + " + " + patch.origin();
    }

    @Override
    public LlamaConfig config() {
        return patch.extras().config().filter(config -> settingsCount()).orElseGet(base()::config);
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return settingsCount()
                ? patch.tokenizer().or(base()::tokenizer)
                : base().tokenizer().or(patch::tokenizer);
    }

    @Override
    public List<Path> weightFiles() {
        return Stream.concat(base().weightFiles().stream(), patch.weightFiles().stream())
                .toList();
    }

    @Override
    public List<Path> companionFiles() {
        List<Path> own = patch.extras().companionFiles();
        if (settingsCount()) {
            return CompanionFiles.merge(base().companionFiles(), own);
        }
        Stream<Path> tokenizer = base().tokenizer().isPresent()
                ? Stream.of()
                : own.stream().filter(file -> LoraFiles.TOKENIZERS.contains("" + file.getFileName()));
        return Stream.concat(base().companionFiles().stream(), tokenizer).toList();
    }

    @Override
    public String identity() {
        if (identity.isEmpty()) {
            identity = Sha256.of("patched", base().identity(), patch.identity());
        }
        return identity;
    }

    @Override
    public void close() {
        super.close();
        patch.close();
    }
}
