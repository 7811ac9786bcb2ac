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

/** A base with changes added; both stay whose they are. */
final class ChangedCheckpoint extends DerivedCheckpoint {
    private final Surroundings surroundings;

    private ChangedCheckpoint(Checkpoint base, SequencedMap<String, Tensor> tensors, Surroundings surroundings) {
        super(base, tensors);
        this.surroundings = surroundings;
    }

    static ChangedCheckpoint of(Checkpoint base, SequencedMap<String, Change> changes, Surroundings surroundings) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        base.tensors().forEach(info -> {
            Change change = changes.get(info.name());
            tensors.put(info.name(), change == null ? base.tensor(info.name()) : change.result());
        });
        return new ChangedCheckpoint(base, tensors, surroundings);
    }

    @Override
    public String origin() {
        return surroundings.origin();
    }

    @Override
    public LlamaConfig config() {
        return surroundings.config();
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return surroundings.tokenizer();
    }

    @Override
    public List<Path> weightFiles() {
        return surroundings.inputs();
    }

    @Override
    public List<Path> companionFiles() {
        return surroundings.companions();
    }

    @Override
    public String identity() {
        return Sha256.of(base().identity(), surroundings.identity());
    }

    @Override
    public void close() {
        // base and changes are the caller's
    }
}
