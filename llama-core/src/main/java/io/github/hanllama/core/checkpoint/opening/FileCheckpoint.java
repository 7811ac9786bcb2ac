package io.github.hanllama.core.checkpoint.opening;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.checkpoint.identity.ContentIdentity;
import io.github.hanllama.core.checkpoint.identity.FileIdentity;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/** A model in weight files, once each format's reader has given its tensors their names and layout. */
public final class FileCheckpoint implements Checkpoint {
    private static final List<String> TOKENIZERS = List.of("tokenizer.model", "tokenizer.json");
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
    private final List<WeightFile> shards;
    private final SequencedMap<String, Tensor> tensors;
    private final LlamaConfig config;
    private final Words words;
    private final Types types;
    private final ContentIdentity identity = new ContentIdentity();

    private FileCheckpoint(
            ModelFiles files,
            List<WeightFile> shards,
            SequencedMap<String, Tensor> tensors,
            LlamaConfig config,
            Words words,
            Types types) {
        this.files = files;
        this.shards = List.copyOf(shards);
        this.tensors = tensors;
        this.config = config;
        this.words = words;
        this.types = types;
    }

    /** The same that knows where its types are from. */
    public FileCheckpoint types(Types value) {
        return new FileCheckpoint(files, shards, tensors, config, words, value);
    }

    /**
     * What types tensors have besides the stored ones.
     *
     * @param written when they are written and no type is asked for; of those not in it the stored one
     * @param recipe by which they got the stored ones
     */
    public record Types(Map<String, DType> written, Optional<QuantRecipe> recipe) {
        static final Types STORED = new Types(Map.of(), Optional.empty());

        public Types {
            written = Map.copyOf(written);
        }
    }

    /**
     * What turns text into ids.
     *
     * @param inside whether it comes with the weights in one file, so that nothing beside it counts
     */
    public record Words(Optional<Tokenizer> tokenizer, Optional<String> chatTemplate, boolean inside) {
        public static Words inside(Optional<Tokenizer> tokenizer, Optional<String> chatTemplate) {
            return new Words(tokenizer, chatTemplate, true);
        }
    }

    /**
     * Checks that configuration, tensors and tokenizer belong together.
     *
     * @param configFile where the configuration is from, for messages
     */
    public static FileCheckpoint of(
            ModelFiles files,
            List<WeightFile> shards,
            SequencedMap<String, Tensor> tensors,
            LlamaConfig config,
            Optional<Tokenizer> tokenizer,
            String configFile) {
        return of(files, shards, tensors, config, new Words(tokenizer, Optional.empty(), false), configFile);
    }

    public static FileCheckpoint of(
            ModelFiles files,
            List<WeightFile> shards,
            SequencedMap<String, Tensor> tensors,
            LlamaConfig config,
            Words words,
            String configFile) {
        checkRows(files.origin(), config, tensors, configFile);
        List<TensorInfo> found = tensors.values().stream().map(Tensor::info).toList();
        ExpectedTensors.check(files.origin(), config, found, configFile);
        OptionalInt tokens =
                words.tokenizer().stream().mapToInt(Tokenizer::vocabularySize).findFirst();
        VocabularyCheck.tokenizer(files.origin(), config.vocabSize(), tokens);
        return new FileCheckpoint(files, shards, tensors, config, words, Types.STORED);
    }

    private static void checkRows(String origin, LlamaConfig config, Map<String, Tensor> tensors, String configFile) {
        Tensor embedding = tensors.get(TensorNames.EMBED_TOKENS);
        if (embedding != null && embedding.info().shape().size() == 2) {
            Tensor head = tensors.getOrDefault(TensorNames.LM_HEAD, embedding);
            VocabularyCheck.rows(origin, embedding.info().rows(), head.info().rows(), config.vocabSize(), configFile);
        }
    }

    /** The tokenizer beside the weights, with the small files that say more about it. */
    public static Optional<Tokenizer> tokenizer(ModelFiles files) {
        return tokenizerFolder(files).map(folder -> {
            try {
                return Tokenizers.load(folder);
            } catch (TokenizerException e) {
                throw new ModelFormatException(folder + ": " + e.getMessage(), e);
            }
        });
    }

    private static Optional<Path> tokenizerFolder(ModelFiles files) {
        return TOKENIZERS.stream()
                .filter(files.names()::contains)
                .findFirst()
                .map(files::path)
                .map(Path::toAbsolutePath)
                .map(Path::getParent);
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
        return words.tokenizer();
    }

    @Override
    public Optional<String> chatTemplate() {
        return words.chatTemplate();
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
    public DType writtenType(String name) {
        DType stored = tensor(name).info().dtype();
        return types.written.getOrDefault(name, stored);
    }

    @Override
    public Optional<QuantRecipe> recipe() {
        return types.recipe;
    }

    @Override
    public List<Path> weightFiles() {
        return shards.stream().map(WeightFile::path).toList();
    }

    @Override
    public List<Path> companionFiles() {
        Stream<String> names =
                words.inside() ? Stream.of() : files.names().stream().filter(COMPANIONS::contains);
        return names.map(files::path).toList();
    }

    @Override
    public String identity() {
        return identity.of(this);
    }

    @Override
    public Optional<String> fileIdentity() {
        return files.temporary() ? Optional.empty() : FileIdentity.of(this);
    }

    @Override
    public boolean headersOnly() {
        return files.headersOnly();
    }

    @Override
    public void close() {
        shards.forEach(WeightFile::close);
        files.close();
    }
}
