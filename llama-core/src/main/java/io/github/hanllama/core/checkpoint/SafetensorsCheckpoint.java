package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A Hugging Face folder whose weights are safetensors. */
final class SafetensorsCheckpoint implements Checkpoint {
    private static final Set<String> TOKENIZERS = Set.of("tokenizer.model", "tokenizer.json");
    private static final Set<String> COMPANIONS = Set.of(
            "tokenizer.model",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json",
            "generation_config.json");

    private final ModelFiles files;
    private final List<SafetensorsFile> shards;
    private final SequencedMap<String, Tensor> tensors;
    private final LlamaConfig config;
    private final Optional<Tokenizer> tokenizer;
    private final ContentIdentity identity = new ContentIdentity();

    private SafetensorsCheckpoint(
            ModelFiles files,
            List<SafetensorsFile> shards,
            SequencedMap<String, Tensor> tensors,
            LlamaConfig config,
            Optional<Tokenizer> tokenizer) {
        this.files = files;
        this.shards = List.copyOf(shards);
        this.tensors = tensors;
        this.config = config;
        this.tokenizer = tokenizer;
    }

    static Checkpoint open(ModelFiles files, WeightFiles weights, LlamaConfig config, Consumer<String> warnings) {
        List<SafetensorsFile> shards = new ArrayList<>();
        try {
            weights.names().forEach(name -> shards.add(openShard(files, name)));
            SequencedMap<String, Tensor> tensors = collect(files.origin(), weights, shards);
            checkRows(files.origin(), config, tensors);
            LlamaConfig resolved = HeadTying.resolve(files.origin(), config, tensors, warnings);
            ExpectedTensors.check(
                    files.origin(),
                    resolved,
                    tensors.values().stream().map(Tensor::info).toList());
            Optional<Tokenizer> tokenizer = tokenizer(files);
            OptionalInt tokens =
                    tokenizer.stream().mapToInt(Tokenizer::vocabularySize).findFirst();
            VocabularyCheck.tokenizer(files.origin(), resolved.vocabSize(), tokens);
            return new SafetensorsCheckpoint(files, shards, tensors, resolved, tokenizer);
        } catch (RuntimeException | Error e) {
            shards.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    private static SafetensorsFile openShard(ModelFiles files, String name) {
        FileFormat format = FileFormat.of(files, name);
        if (format != FileFormat.SAFETENSORS && format != FileFormat.UNKNOWN) {
            throw WeightFiles.refusal(files, name);
        }
        return SafetensorsFile.open(files.path(name)); // says best what is wrong with an unknown one
    }

    private static SequencedMap<String, Tensor> collect(
            String origin, WeightFiles weights, List<SafetensorsFile> shards) {
        Map<String, List<TensorInfo>> contents = new LinkedHashMap<>();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < shards.size(); i++) {
            SafetensorsFile shard = shards.get(i);
            contents.put(weights.names().get(i), shard.tensors());
            for (TensorInfo info : shard.tensors()) {
                boolean twice = !ExpectedTensors.isIgnored(info.name())
                        && tensors.put(info.name(), shard.tensor(info.name())) != null;
                if (twice && weights.index().isEmpty()) {
                    throw new ModelFormatException(origin + ": " + info.name() + ": is in "
                            + weights.names().get(i) + " and in another shard");
                }
            }
        }
        weights.index().ifPresent(index -> index.check(contents));
        return tensors;
    }

    private static void checkRows(String origin, LlamaConfig config, Map<String, Tensor> tensors) {
        Tensor embedding = tensors.get(TensorNames.EMBED_TOKENS);
        if (embedding != null && embedding.info().shape().size() == 2) {
            Tensor head = tensors.getOrDefault(TensorNames.LM_HEAD, embedding);
            VocabularyCheck.rows(origin, embedding.info().rows(), head.info().rows(), config.vocabSize());
        }
    }

    private static Optional<Tokenizer> tokenizer(ModelFiles files) {
        Optional<Path> file =
                files.names().stream().filter(TOKENIZERS::contains).findFirst().map(files::path);
        return file.map(Path::toAbsolutePath).map(Path::getParent).map(folder -> {
            try {
                return Tokenizers.load(folder);
            } catch (TokenizerException e) {
                throw new ModelFormatException(folder + ": " + e.getMessage(), e);
            }
        });
    }

    @Override
    public String origin() {
        return files.origin();
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    @Override
    public List<TensorInfo> tensors() {
        return tensors.values().stream().map(Tensor::info).toList();
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(origin() + " has no tensor " + name);
        }
        return tensor;
    }

    @Override
    public List<Path> weightFiles() {
        return shards.stream().map(SafetensorsFile::path).toList();
    }

    @Override
    public List<Path> companionFiles() {
        Stream<String> names = files.names().stream().filter(COMPANIONS::contains);
        return names.map(files::path).toList();
    }

    @Override
    public String identity() {
        return identity.of(this);
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
        files.close();
    }
}
