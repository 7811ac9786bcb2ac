package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.checkpoint.file.FileFormat;
import io.github.hanllama.core.checkpoint.gguf.GgmlContents;
import io.github.hanllama.core.checkpoint.gguf.GgmlTokens;
import io.github.hanllama.core.checkpoint.huggingface.WeightFiles;
import io.github.hanllama.core.checkpoint.meta.MetaNames;
import io.github.hanllama.core.checkpoint.meta.MetaNames.Rule;
import io.github.hanllama.core.checkpoint.opening.FileCheckpoint;
import io.github.hanllama.core.checkpoint.opening.OpenShards;
import io.github.hanllama.core.checkpoint.view.RenamedTensor;
import io.github.hanllama.core.checkpoint.view.RotaryLayout;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Opens files of the formats before GGUF, which hold Meta's names and row order. What they do not say is as the programs of
 * their time had it: {@code rms_norm_eps} 1e-6, a context of 2048, {@code rope_theta} 10000. Their vocabulary serves where
 * it has scores; files of March 2023 have none and need a tokenizer beside them.
 */
public final class GgmlModel {
    private static final float EPS = 1e-6f;
    private static final int CONTEXT = 2048;
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_NAMED = 10;
    private static final int BOS = 1;
    private static final int EOS = 2;

    private final ModelFiles files;
    private final WeightFile file;
    private final GgmlContents contents;
    private final GgmlContents.Sizes sizes;
    private final Consumer<String> warnings;

    private GgmlModel(ModelFiles files, WeightFile file, GgmlContents contents, Consumer<String> warnings) {
        this.files = files;
        this.file = file;
        this.contents = contents;
        this.sizes = contents.sizes();
        this.warnings = warnings;
    }

    /** Whether what is named like PyTorch's weights is one of these files. */
    public static boolean isIn(FileRanges files, WeightFiles weights) {
        return weights.names().size() == 1
                && FileFormat.of(files, weights.names().getFirst()) == FileFormat.GGML;
    }

    /**
     * Owns the files from here on, unless it throws.
     *
     * @param contents what one of these files says about itself
     */
    public static Checkpoint open(
            ModelFiles files, Function<WeightFile, GgmlContents> contents, Consumer<String> warnings) {
        return OpenShards.use(files, WeightFiles.find(files).names(), shards -> new GgmlModel(
                        files, shards.getFirst(), contents.apply(shards.getFirst()), warnings)
                .open(shards));
    }

    private Checkpoint open(List<WeightFile> shards) {
        if (sizes.layer() < 1 || sizes.layer() > MAX_LAYERS) {
            throw malformed("n_layer: expected 1 to " + MAX_LAYERS + ", found " + sizes.layer());
        }
        SequencedMap<String, Rule> rules = MetaNames.of(sizes.layer());
        requireKnown(rules);
        LlamaConfig config = config();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorInfo info : file.tensors()) {
            Rule rule = rules.get(info.name());
            if (rule != null) {
                tensors.put(rule.name(), converted(rule, file.tensor(info.name()), config.headDim()));
            }
        }
        Optional<Tokenizer> inside = GgmlTokens.tokenizer(file.path().toString(), contents);
        FileCheckpoint.Words words = inside.isPresent()
                ? FileCheckpoint.Words.inside(inside, Optional.empty())
                : new FileCheckpoint.Words(FileCheckpoint.tokenizer(files), Optional.empty(), false);
        if (words.tokenizer().isEmpty()) {
            warnings.accept(
                    files.origin() + ": its vocabulary has no scores to tokenize with; put the tokenizer.model of"
                            + " the model beside it");
        }
        return FileCheckpoint.of(files, shards, tensors, config, words, "its head");
    }

    private void requireKnown(SequencedMap<String, Rule> rules) {
        List<String> unknown =
                new ArrayList<>(file.tensors().stream().map(TensorInfo::name).toList());
        unknown.removeAll(rules.sequencedKeySet());
        unknown.removeIf(MetaNames::isIgnored);
        if (!unknown.isEmpty()) {
            throw malformed("expected the tensors of a LLaMA with " + sizes.layer() + " layers, found also "
                    + String.join(", ", unknown.subList(0, Math.min(MAX_NAMED, unknown.size()))));
        }
    }

    private LlamaConfig config() {
        requireWhole();
        if (sizes.head() < 1 || sizes.embd() % sizes.head() != 0 || sizes.embd() / sizes.head() != sizes.rot()) {
            throw malformed(
                    "n_rot: expected n_embd " + sizes.embd() + " / n_head " + sizes.head() + ", found " + sizes.rot());
        }
        try {
            return LlamaConfig.builder()
                    .hiddenSize(sizes.embd())
                    .intermediateSize(Math.toIntExact(rows(MetaNames.FIRST_GATE)))
                    .numHiddenLayers(sizes.layer())
                    .numAttentionHeads(sizes.head())
                    .numKeyValueHeads(Math.toIntExact(rows(MetaNames.FIRST_K) / Math.max(1, sizes.rot())))
                    .vocabSize(sizes.vocab())
                    .maxPositionEmbeddings(CONTEXT)
                    .rmsNormEps(EPS)
                    .bosTokenId(OptionalInt.of(BOS))
                    .eosTokenIds(List.of(EOS))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file.path() + ": " + e.getMessage(), e);
        }
    }

    /** Before ggjt a large model was several files, each with some columns of the embedding. */
    private void requireWhole() {
        if (file.contains(MetaNames.EMBEDDING)
                && file.tensor(MetaNames.EMBEDDING).info().rowLength() != sizes.embd()) {
            throw new UnsupportedModelException(file.path() + ": expected a whole model, found one part of "
                    + sizes.embd()
                            / Math.max(
                                    1, file.tensor(MetaNames.EMBEDDING).info().rowLength())
                    + "; convert the model again from its original weights");
        }
    }

    private long rows(String name) {
        if (!file.contains(name)) {
            throw malformed("expected a tensor " + name + ", found none");
        }
        return file.tensor(name).info().rows();
    }

    private Tensor converted(Rule rule, Tensor tensor, int headDim) {
        TensorInfo info = tensor.info();
        if (rule.rotary() && (info.shape().size() != 2 || info.rows() % headDim != 0)) {
            throw malformed(info.name() + ": expected heads of " + headDim + " rows, found " + info.shape());
        }
        return RenamedTensor.of(rule.rotary() ? RotaryLayout.HALF_SPLIT.of(tensor, headDim) : tensor, rule.name());
    }

    private ModelFormatException malformed(String problem) {
        return new ModelFormatException(file.path() + ": " + problem);
    }
}
