package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.checkpoint.meta.MetaNames.Rule;
import io.github.hanllama.core.checkpoint.opening.FileCheckpoint;
import io.github.hanllama.core.checkpoint.opening.HeadTying;
import io.github.hanllama.core.checkpoint.opening.OpenShards;
import io.github.hanllama.core.checkpoint.view.RenamedTensor;
import io.github.hanllama.core.checkpoint.view.RotaryLayout;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.MetaParams;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.tokenizer.SpecialTokens;
import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * Opens Meta's own folders: {@code params.json} and {@code consolidated.NN.pth}, one for each of the processes the model
 * was trained to run on. Names and rotary layout become Hugging Face's here.
 */
public final class MetaFolder {
    static final String PARAMS = "params.json";

    private static final Pattern SHARD = Pattern.compile("consolidated\\.\\d{2}\\.pth");
    private static final int MAX_PARAMS_BYTES = 1 << 16;
    private static final int MAX_NAMED = 10;
    private static final int LLAMA_BOS = 1;
    private static final int LLAMA_EOS = 2;

    private final ModelFiles files;
    private final MetaParams params;
    private final Optional<LlamaConfig> kept;

    private MetaFolder(ModelFiles files, MetaParams params, Optional<LlamaConfig> kept) {
        this.files = files;
        this.params = params;
        this.kept = kept;
    }

    /** The name of a file, counted from 0. */
    static String shard(int number) {
        return String.format(Locale.ROOT, "consolidated.%02d.pth", number);
    }

    public static boolean isIn(FileRanges files) {
        return files.names().stream().anyMatch(name -> SHARD.matcher(name).matches());
    }

    /** Owns the files from here on, unless it throws. */
    public static Checkpoint open(ModelFiles files) {
        List<String> shards = shards(files);
        if (!files.names().contains(PARAMS)) {
            throw new ModelNotFoundException(files.origin() + ": no params.json beside " + shards.getFirst());
        }
        byte[] json = SmallFiles.read(files, PARAMS, MAX_PARAMS_BYTES);
        MetaParams params = MetaParams.read(json, files.origin() + "/" + PARAMS);
        MetaFolder folder = new MetaFolder(files, params, KeptConfig.of(files, json));
        folder.requireHeads(shards.size());
        Checklist.read(files).ifPresent(checklist -> checklist.checkSmall(files));
        return OpenShards.use(files, shards, folder::open);
    }

    private static List<String> shards(FileRanges files) {
        List<String> found = files.names().stream()
                .filter(name -> SHARD.matcher(name).matches())
                .toList();
        for (int i = 0; i < found.size(); i++) {
            String expected = shard(i);
            if (!found.get(i).equals(expected)) {
                throw new ModelNotFoundException(files.origin() + ": " + expected + ": not there, but "
                        + found.getLast() + " is; fetch all files of the model");
            }
        }
        return found;
    }

    private void requireHeads(int count) {
        if (params.numHeads() % count != 0) {
            throw new ModelFormatException(files.origin() + ": expected a number of files that divides n_heads "
                    + params.numHeads() + ", found " + count + "; are there files missing or of another model?");
        }
    }

    private Checkpoint open(List<WeightFile> shards) {
        MetaShards parts = new MetaShards(files.origin(), shards, params.dim());
        SequencedMap<String, Rule> rules = MetaNames.of(params.numLayers());
        requireKnown(parts, rules);
        SequencedMap<String, Tensor> joined = new LinkedHashMap<>();
        rules.forEach((name, rule) -> joined.put(name, parts.join(name, rule.split())));
        requireWhole(joined, parts.count());
        Optional<Tokenizer> tokenizer = FileCheckpoint.tokenizer(files);
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        rules.forEach(
                (name, rule) -> tensors.put(rule.name(), converted(rule, Objects.requireNonNull(joined.get(name)))));
        LlamaConfig config = HeadTying.resolve(files, config(joined, tokenizer), tensors, _ -> {});
        if (config.tieWordEmbeddings()) {
            tensors.remove(TensorNames.LM_HEAD); // there is always one in this format
        }
        Checkpoint checkpoint = FileCheckpoint.of(files, shards, tensors, config, tokenizer, PARAMS);
        requireVocabulary(config.vocabSize(), tokenizer);
        return checkpoint;
    }

    private void requireKnown(MetaShards parts, SequencedMap<String, Rule> rules) {
        List<String> unknown = new ArrayList<>(parts.names());
        unknown.removeAll(rules.keySet());
        if (!unknown.isEmpty()) {
            throw new ModelFormatException(files.origin() + ": expected the tensors of a LLaMA with "
                    + params.numLayers() + " layers in Meta's names, found also "
                    + String.join(", ", unknown.subList(0, Math.min(MAX_NAMED, unknown.size())))
                    + "; is params.json from another model, or is it a Hugging Face model without config.json?");
        }
    }

    /** Rows too few or too many mean a file too few or too many, or another params.json. */
    private void requireWhole(SequencedMap<String, Tensor> joined, int count) {
        requireRows(joined, MetaNames.FIRST_Q, params.dim(), "dim " + params.dim(), count);
        long keys = (long) params.numKeyValueHeads() * params.headDim();
        requireRows(joined, MetaNames.FIRST_K, keys, "n_kv_heads " + params.numKeyValueHeads(), count);
        if (params.statesMlp()) {
            String rule = "multiple_of " + params.multipleOf() + " and ffn_dim_multiplier " + params.ffnDimMultiplier();
            requireRows(joined, MetaNames.FIRST_GATE, params.intermediateSize(), rule, count);
        }
    }

    private void requireRows(SequencedMap<String, Tensor> joined, String name, long expected, String rule, int count) {
        long found = Objects.requireNonNull(joined.get(name)).info().rows();
        if (found != expected) {
            throw new ModelFormatException(files.origin() + ": " + name + ": expected " + expected
                    + " rows in all by params.json (" + rule + "), found " + found + " in " + count
                    + (count == 1 ? " file" : " files")
                    + "; are all files of the model here, and is params.json its own?");
        }
    }

    private LlamaConfig config(SequencedMap<String, Tensor> joined, Optional<Tokenizer> tokenizer) {
        TensorInfo embedding =
                Objects.requireNonNull(joined.get(MetaNames.EMBEDDING)).info();
        long intermediateSize =
                Objects.requireNonNull(joined.get(MetaNames.FIRST_GATE)).info().rows();
        try {
            return kept.orElseGet(() -> config(params, intermediateSize, embedding, tokenizer));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(files.origin() + "/" + PARAMS + ": " + e.getMessage(), e);
        }
    }

    private static LlamaConfig config(
            MetaParams params, long intermediateSize, TensorInfo embedding, Optional<Tokenizer> tokenizer) {
        Optional<SpecialTokens> special = tokenizer.map(Tokenizer::specialTokens);
        OptionalInt eos = special.map(SpecialTokens::eos).orElse(OptionalInt.of(LLAMA_EOS));
        return params.toConfig(intermediateSize, embedding.rows())
                .bosTokenId(special.map(SpecialTokens::bos).orElse(OptionalInt.of(LLAMA_BOS)))
                .eosTokenIds(eos.stream().boxed().toList())
                .dtype(Optional.of(embedding.dtype()))
                .build();
    }

    /** What a reader of these files alone would take for this configuration. */
    static LlamaConfig readBack(LlamaConfig config, TensorInfo embedding, Optional<Tokenizer> tokenizer) {
        int tokens = tokenizer.map(Tokenizer::vocabularySize).orElse(0);
        byte[] json = MetaParams.write(config, tokens).getBytes(StandardCharsets.UTF_8);
        return config(MetaParams.read(json, PARAMS), config.intermediateSize(), embedding, tokenizer);
    }

    private Tensor converted(Rule rule, Tensor tensor) {
        if (rule.rotary() && tensor.info().rows() % params.headDim() != 0) {
            throw new ModelFormatException(files.origin() + ": " + tensor.info().name() + ": expected heads of "
                    + params.headDim() + " rows, found " + tensor.info().rows() + " rows");
        }
        return RenamedTensor.of(
                rule.rotary() ? RotaryLayout.HALF_SPLIT.of(tensor, params.headDim()) : tensor, rule.name());
    }

    /** {@code vocab_size} -1 means the tokenizer's, so other than elsewhere no row is padding. */
    private void requireVocabulary(int rows, Optional<Tokenizer> tokenizer) {
        int tokens = tokenizer.map(Tokenizer::vocabularySize).orElse(rows);
        if (params.vocabSize().isEmpty() && tokens != rows) {
            throw new ModelFormatException(
                    files.origin() + ": params.json leaves vocab_size to the tokenizer: expected "
                            + rows + " tokens, one for each row of the embedding, found " + tokens
                            + "; use the tokenizer that was published with the weights");
        }
    }
}
