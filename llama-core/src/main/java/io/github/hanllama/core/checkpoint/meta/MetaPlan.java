package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.MetaLayout;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.meta.MetaNames.Rule;
import io.github.hanllama.core.checkpoint.view.RotaryLayout;
import io.github.hanllama.core.checkpoint.write.FolderPlan;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.checkpoint.write.ShardFile;
import io.github.hanllama.core.checkpoint.write.ShardPlan;
import io.github.hanllama.core.checkpoint.write.SplitTensor;
import io.github.hanllama.core.checkpoint.write.SplitTensor.Axis;
import io.github.hanllama.core.checkpoint.write.TensorJob;
import io.github.hanllama.core.checkpoint.write.TensorOutput;
import io.github.hanllama.core.checkpoint.write.TorchLayout;
import io.github.hanllama.core.checkpoint.write.WriteJob;
import io.github.hanllama.core.checkpoint.write.WriteJournal;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.MetaParams;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/** Meta's folders: {@code params.json} and {@code consolidated.NN.pth}, names and rotary layout Meta's. */
public final class MetaPlan implements FolderPlan {
    private static final String FORMAT = "Meta's format";

    private final Checkpoint checkpoint;
    private final LlamaConfig config;
    private final WriteOptions options;
    private final MetaLayout layout;
    private final int files;
    private final List<SplitTensor> tensors = new ArrayList<>();

    public MetaPlan(MetaLayout layout, Checkpoint checkpoint, WriteOptions options) {
        this.layout = layout;
        this.checkpoint = checkpoint;
        this.config = checkpoint.config();
        this.options = options;
        this.files = layout.filesFor(config.hiddenSize());
        requireSayable();
        requireEven("hidden_size", config.hiddenSize());
        requireEven("num_attention_heads", config.numAttentionHeads());
        requireEven("num_key_value_heads", config.numKeyValueHeads());
        requireEven("intermediate_size", config.intermediateSize());
        MetaNames.of(config.numHiddenLayers()).forEach((name, rule) -> tensors.add(split(name, rule)));
    }

    private void requireSayable() {
        if (config.attentionBias() || config.mlpBias()) {
            throw new IllegalArgumentException(FORMAT + " has no names for biases, which the model has");
        }
        if (config.headDim() * config.numAttentionHeads() != config.hiddenSize()) {
            throw new IllegalArgumentException(FORMAT + " has no words for heads that are not hidden_size "
                    + config.hiddenSize() + " / num_attention_heads " + config.numAttentionHeads() + " wide, found "
                    + config.headDim());
        }
    }

    private void requireEven(String name, int size) {
        if (size % files != 0) {
            throw new IllegalArgumentException(
                    name + ": expected a number that " + files + " files can share, found " + size);
        }
    }

    private SplitTensor split(String name, Rule rule) {
        boolean tied = rule.name().equals(TensorNames.LM_HEAD) && !checkpoint.contains(rule.name());
        Tensor tensor = checkpoint.tensor(tied ? TensorNames.EMBED_TOKENS : rule.name());
        TensorInfo info = tensor.info();
        TensorInfo whole = new TensorInfo(name, info.shape(), FolderPlan.type(checkpoint, info, options, FORMAT));
        Axis axis = axis(rule);
        Tensor source = rule.rotary() ? RotaryLayout.INTERLEAVED.of(tensor, config.headDim()) : tensor;
        return new SplitTensor(source, whole, axis, bounds(whole, axis));
    }

    private Axis axis(Rule rule) {
        return switch (rule.split()) {
            case ROWS -> Axis.ROWS;
            case COLUMNS -> Axis.COLUMNS;
            case COLUMNS_OR_ROWS ->
                layout.embeddingByRows(config.vocabSize(), config.ropeTheta()) ? Axis.ROWS : Axis.COLUMNS;
            case COPIES -> Axis.NONE;
        };
    }

    /** Only the vocabulary may be uneven: of heads, and of the MLP's rows, that was refused. */
    private List<Long> bounds(TensorInfo whole, Axis axis) {
        return switch (axis) {
            case NONE -> List.of();
            case ROWS -> layout.vocabulary().bounds(whole.name(), whole.rows(), files);
            case COLUMNS -> SplitTensor.equal(whole.rowLength(), files);
        };
    }

    @Override
    public List<ShardPlan> shards() {
        return IntStream.range(0, files)
                .mapToObj(file -> new ShardPlan(
                        MetaFolder.shard(file),
                        new TorchLayout(tensors.stream()
                                .map(tensor -> tensor.part(file))
                                .toList())))
                .toList();
    }

    @Override
    public List<WriteJob> jobs(List<ShardFile> shards, Optional<WriteJournal> journal, MergeManifest manifest) {
        List<WriteJob> jobs = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            int place = i;
            SplitTensor tensor = tensors.get(i);
            List<TensorOutput> parts =
                    shards.stream().map(shard -> shard.output(place)).toList();
            jobs.add(new TensorJob(tensor, parts, journal, (outputs, written) -> {
                for (int file = 0; file < shards.size(); file++) {
                    TensorOutput part = outputs.get(file);
                    shards.get(file).written(place, part);
                    manifest.addPart(part.info(), shards.get(file).name(), part.sha256());
                }
                manifest.addContent(tensor.whole(), written.sha256(), written.infinities());
            }));
        }
        return jobs;
    }

    @Override
    public SequencedMap<String, String> texts() {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        texts.put(MetaFolder.PARAMS, MetaParams.write(config, tokens()));
        return texts;
    }

    private int tokens() {
        return checkpoint.tokenizer().map(Tokenizer::vocabularySize).orElse(0);
    }

    @Override
    public void describe(MergeManifest manifest) {
        TensorInfo embedding = tensors.getFirst().whole();
        LlamaConfig said =
                config.toBuilder().dtype(Optional.of(embedding.dtype())).build();
        LlamaConfig read = MetaFolder.readBack(config, embedding, checkpoint.tokenizer());
        manifest.keep(said);
        manifest.note(HfConfig.differences(said, read));
    }
}
