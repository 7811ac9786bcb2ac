package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.ConfigOverrides;
import io.github.hanllama.core.adapter.Misfit;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.lora.LoraLayout.Whole;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SequencedSet;

/** An opened adapter: its configuration, the layout of its file, and the file, mapped. */
final class LoraWeights implements AdapterWeights {
    private final ModelFiles files;
    private final WeightFile tensors;
    private final LoraConfig config;
    private final LoraLayout layout;
    private final AdapterExtras extras;

    private LoraWeights(ModelFiles files, WeightFile tensors, LoraConfig config, AdapterExtras extras) {
        this.files = files;
        this.tensors = tensors;
        this.config = config;
        this.layout = LoraLayout.of(tensors.tensors(), config, files.origin());
        this.extras = extras;
    }

    static LoraWeights open(ModelFiles files, LoraConfig config) {
        WeightFile tensors = WeightFile.open(files, LoraFiles.weights(files));
        try {
            LoraWeights weights = new LoraWeights(files, tensors, config, AdapterExtras.read(files));
            if (!files.headersOnly()) {
                weights.layout.wholes().values().forEach(weights::requireEqualCopies);
                weights.layout.frozen().values().forEach(weights::requireEqualCopies);
            }
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
        Optional<Tensor> whole = whole(tensorName);
        Optional<AddLowRank> addition = addition(tensorName);
        if (whole.isPresent() && addition.isPresent()) {
            return Optional.of(new TensorChange.Replace(sum(whole.get(), addition.get())));
        }
        return whole.<TensorChange>map(TensorChange.Replace::new).or(() -> addition);
    }

    /** What takes the place of a tensor, before anything is added to it. */
    Optional<Tensor> whole(String tensorName) {
        return Optional.ofNullable(layout.wholes().get(tensorName)).map(whole -> named(tensorName, whole));
    }

    /** What is added to a tensor, after it was replaced if it is. */
    Optional<AddLowRank> addition(String tensorName) {
        return Optional.ofNullable(layout.additions().get(tensorName)).map(this::addLowRank);
    }

    /** What the base should hold already, by name. */
    SequencedMap<String, Tensor> frozen() {
        SequencedMap<String, Tensor> copies = new LinkedHashMap<>();
        layout.frozen().forEach((name, whole) -> copies.put(name, named(name, whole)));
        return copies;
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

    @Override
    public List<Misfit> misfits(Checkpoint base) {
        return BaseFit.misfits(base, this);
    }

    boolean headersOnly() {
        return files.headersOnly();
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
        return Sha256.of(layout.toString(), overrides().toString(), fileHash().orElse("not read"));
    }

    /** The SHA-256 of the weights; unknown where only their header is here and nobody says it. */
    Optional<String> fileHash() {
        return files.headersOnly()
                ? files.hash(LoraFiles.weights(files)).filter(hex -> hex.length() == Sha256.HEX_DIGITS)
                : Optional.of(Sha256.of(tensors.path()));
    }

    @Override
    public void close() {
        tensors.close();
        files.close();
    }

    private Tensor named(String name, Whole whole) {
        return NamedTensor.of(name, stored(whole.stored()));
    }

    private Tensor stored(TensorInfo info) {
        return tensors.tensor(info.name());
    }

    private Tensor sum(Tensor whole, AddLowRank addition) {
        TensorInfo info = new TensorInfo(whole.info().name(), whole.info().shape(), DType.F32);
        return new RoundedTensor(info, new LowRankRows(whole, addition), origin());
    }

    private AddLowRank addLowRank(Addition addition) {
        return switch (addition) {
            case Addition.Pair pair ->
                lowRank(
                        pair,
                        stored(pair.a()),
                        stored(pair.b()),
                        pair.magnitude().map(this::stored));
            case Addition.EmbeddingPair pair -> // (b @ a) transposed is (a transposed) @ (b transposed)
                lowRank(
                        pair,
                        TransposedTensor.of(stored(pair.b())),
                        TransposedTensor.of(stored(pair.a())),
                        Optional.empty());
            case Addition.Bias bias ->
                lowRank(bias, stored(bias.stored()), new OneTensor(bias.stored().name()), Optional.empty());
        };
    }

    private static AddLowRank lowRank(Addition addition, Tensor a, Tensor b, Optional<Tensor> magnitude) {
        return new AddLowRank(a, b, addition.scale(), false, magnitude);
    }

    private void requireEqualCopies(Whole whole) {
        Tensor stored = tensors.tensor(whole.stored().name());
        for (TensorInfo copy : whole.copies()) {
            if (!EqualTensors.stored(stored, tensors.tensor(copy.name()))) {
                throw new ModelFormatException(files.origin() + ": "
                        + stored.info().name() + " and " + copy.name() + " should be the same tensor, but differ");
            }
        }
    }
}
