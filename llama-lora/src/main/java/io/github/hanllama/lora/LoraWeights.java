package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.ConfigOverrides;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.lora.LoraLayout.Pair;
import io.github.hanllama.lora.LoraLayout.Whole;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;

/** An opened adapter: its configuration, the layout of its file, and the file, mapped. */
final class LoraWeights implements AdapterWeights {
    private final ModelFiles files;
    private final SafetensorsFile tensors;
    private final LoraConfig config;
    private final LoraLayout layout;
    private final AdapterExtras extras;

    private LoraWeights(ModelFiles files, SafetensorsFile tensors, LoraConfig config, AdapterExtras extras) {
        this.files = files;
        this.tensors = tensors;
        this.config = config;
        this.layout = LoraLayout.of(tensors.tensors(), config, files.origin());
        this.extras = extras;
    }

    static LoraWeights open(ModelFiles files, LoraConfig config) {
        SafetensorsFile tensors = SafetensorsFile.open(files.path(LoraFiles.weights(files)));
        try {
            LoraWeights weights = new LoraWeights(files, tensors, config, AdapterExtras.read(files));
            weights.layout.wholes().values().forEach(weights::requireEqualCopies);
            return weights;
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    @Override
    public String origin() {
        return files.origin();
    }

    @Override
    public AdapterInfo info() {
        return LoraInfo.of(layout, config);
    }

    @Override
    public SequencedSet<String> changedTensors() {
        return layout.changed();
    }

    @Override
    public Optional<TensorChange> change(String tensorName) {
        Optional<TensorChange> replace =
                Optional.ofNullable(layout.wholes().get(tensorName)).map(whole -> replace(tensorName, whole));
        return replace.or(
                () -> Optional.ofNullable(layout.pairs().get(tensorName)).map(this::addLowRank));
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return extras.tokenizer();
    }

    @Override
    public ConfigOverrides overrides() {
        OptionalInt rows = LoraInfo.vocabularySize(layout);
        return new ConfigOverrides(rows, extras.maxPositionEmbeddings(), extras.ropeScaling());
    }

    @Override
    public Checkpoint mergeInto(Checkpoint base) {
        BaseFit.check(base, this);
        return MergedCheckpoint.of(base, this);
    }

    LoraConfig config() {
        return config;
    }

    LoraLayout layout() {
        return layout;
    }

    /** The model it was made for, when its folder describes one. */
    Optional<LlamaConfig> trainedModel() {
        return extras.config();
    }

    Path file() {
        return tensors.path();
    }

    /** Tokenizer and generation settings that belong to the merged model. */
    List<Path> companionFiles() {
        return extras.companionFiles();
    }

    /** What stands for the change this adapter makes: what its tensors do, and their every byte. */
    String identity() {
        return Sha256.of(layout.toString(), overrides().toString(), Sha256.of(tensors.path()));
    }

    @Override
    public void close() {
        tensors.close();
        files.close();
    }

    private TensorChange replace(String name, Whole whole) {
        return new TensorChange.Replace(
                NamedTensor.of(name, tensors.tensor(whole.stored().name())));
    }

    private TensorChange addLowRank(Pair pair) {
        Tensor a = tensors.tensor(pair.a().name());
        Tensor b = tensors.tensor(pair.b().name());
        Optional<Tensor> magnitude = pair.magnitude().map(info -> tensors.tensor(info.name()));
        return new TensorChange.AddLowRank(a, b, pair.scale(), false, magnitude);
    }

    private void requireEqualCopies(Whole whole) {
        Tensor stored = tensors.tensor(whole.stored().name());
        for (TensorInfo copy : whole.copies()) {
            long different = stored.raw()
                    .orElseThrow()
                    .mismatch(tensors.tensor(copy.name()).raw().orElseThrow());
            if (different >= 0) {
                throw new ModelFormatException(
                        files.origin() + ": " + stored.info().name() + " and " + copy.name()
                                + " should be the same tensor, but differ from byte " + different + " on");
            }
        }
    }
}
