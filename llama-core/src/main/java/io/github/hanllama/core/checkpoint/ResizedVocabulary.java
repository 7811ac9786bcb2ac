package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.checkpoint.view.SelectedRows;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.LlamaConfigBuilder;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import io.github.hanllama.tokenizer.VocabularyDifference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model with the rows of embedding and head that another vocabulary needs: those of the pieces that stay as they are
 * stored, and new ones.
 *
 * <pre>{@code
 * try (Checkpoint grown = ResizedVocabulary.grown(llama, Path.of("chinese/tokenizer.model"), new NewRows.Mean())) {
 *     CheckpointWriter.safetensors().write(grown, Path.of("llama-to-train"), WriteOptions.DEFAULT);
 * }
 * }</pre>
 */
public final class ResizedVocabulary extends DerivedCheckpoint {
    private static final String TOKENIZER = "tokenizer.model";
    private static final String GENERATION = "generation_config.json";

    private final Path tokenizerFile;
    private final Tokenizer tokenizer;
    private final LlamaConfig config;
    private final boolean keepsIds;
    private final String change;

    private ResizedVocabulary(
            Checkpoint base,
            SequencedMap<String, Tensor> tensors,
            Path tokenizerFile,
            Tokenizer tokenizer,
            List<Integer> rows,
            String change) {
        super(base, tensors);
        this.tokenizerFile = tokenizerFile;
        this.tokenizer = tokenizer;
        this.config = config(base.config(), rows);
        this.keepsIds = sameIds(base.config(), config);
        this.change = change;
    }

    /**
     * With rows for a vocabulary that begins with all of the model's, such as {@code VocabularyMerge} makes. The result owns
     * the base.
     *
     * @param tokenizerFile {@code tokenizer.model}; is copied beside the model when it is written
     * @throws IllegalArgumentException when the vocabulary does not begin with the model's, or the file has another name
     * @throws ModelFormatException when it cannot be read
     */
    public static ResizedVocabulary grown(Checkpoint base, Path tokenizerFile, NewRows newRows) {
        int before = base.config().vocabSize();
        Tokenizer tokenizer = open(tokenizerFile);
        int after = tokenizer.vocabularySize();
        if (after < before) {
            throw new IllegalArgumentException(tokenizerFile + ": expected a vocabulary of at least the " + before
                    + " rows of " + base.origin() + ", found " + after);
        }
        base.tokenizer().map(own -> VocabularyDifference.of(own, tokenizer)).ifPresent(difference -> {
            if (!difference.isGrown()) {
                throw new IllegalArgumentException(tokenizerFile + ": expected all pieces of " + base.origin()
                        + " under their ids, found " + difference.moved().size() + " moved and "
                        + difference.onlyFirst().size() + " missing");
            }
        });
        List<Integer> rows = IntStream.range(0, after)
                .mapToObj(row -> row < before ? row : SelectedRows.NEW)
                .toList();
        return of(base, tokenizerFile, rows, newRows);
    }

    /**
     * With some of the model's rows, such as {@code VocabularyPruning} keeps. The result owns the base.
     *
     * @param tokenizerFile {@code tokenizer.model} of the vocabulary that is left
     * @param rows the row that each of its pieces has now
     * @throws IllegalArgumentException when they are not as many as the vocabulary has pieces, or the model lacks one
     * @throws ModelFormatException when the file cannot be read
     */
    public static ResizedVocabulary selected(Checkpoint base, Path tokenizerFile, List<Integer> rows) {
        int size = open(tokenizerFile).vocabularySize();
        boolean there =
                rows.stream().allMatch(row -> row >= 0 && row < base.config().vocabSize());
        if (rows.size() != size || !there) {
            throw new IllegalArgumentException(
                    tokenizerFile + ": expected a row of " + base.origin() + " for each of the " + size
                            + " pieces, found " + rows.size() + (there ? "" : ", not all of them there"));
        }
        return of(base, tokenizerFile, List.copyOf(rows), new NewRows.Zero());
    }

    private static ResizedVocabulary of(Checkpoint base, Path file, List<Integer> rows, NewRows newRows) {
        if (!file.endsWith(TOKENIZER)) {
            throw new IllegalArgumentException(file + ": expected a file named " + TOKENIZER);
        }
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorInfo info : base.tensors()) {
            boolean byVocabulary =
                    info.name().equals(TensorNames.EMBED_TOKENS) || info.name().equals(TensorNames.LM_HEAD);
            Tensor tensor = base.tensor(info.name());
            tensors.put(info.name(), byVocabulary ? new SelectedRows(tensor, rows, newRows) : tensor);
        }
        return new ResizedVocabulary(base, tensors, file, open(file), rows, rows + " " + newRows);
    }

    private static Tokenizer open(Path file) {
        try {
            return Tokenizers.load(file);
        } catch (TokenizerException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static LlamaConfig config(LlamaConfig base, List<Integer> rows) {
        LlamaConfigBuilder builder = base.toBuilder().vocabSize(rows.size());
        builder.bosTokenId(moved(base.bosTokenId(), rows));
        builder.padTokenId(moved(base.padTokenId(), rows));
        builder.eosTokenIds(base.eosTokenIds().stream()
                .map(rows::indexOf)
                .filter(id -> id >= 0)
                .toList());
        return builder.build();
    }

    private static OptionalInt moved(OptionalInt id, List<Integer> rows) {
        return id.isPresent() && rows.contains(id.getAsInt())
                ? OptionalInt.of(rows.indexOf(id.getAsInt()))
                : OptionalInt.empty();
    }

    private static boolean sameIds(LlamaConfig one, LlamaConfig other) {
        return one.bosTokenId().equals(other.bosTokenId())
                && one.padTokenId().equals(other.padTokenId())
                && one.eosTokenIds().equals(other.eosTokenIds());
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return Optional.of(tokenizer);
    }

    /** Of the base's only what speaks of no other ids: settings of a tokenizer may declare pieces of their own. */
    @Override
    public List<Path> companionFiles() {
        Stream<Path> kept = base().companionFiles().stream()
                .filter(file -> file.endsWith(GENERATION) && keepsIds
                        || String.valueOf(file.getFileName()).startsWith("chat_template"));
        return Stream.concat(kept, Stream.of(tokenizerFile)).toList();
    }

    @Override
    public String identity() {
        MessageDigest digest = ContentDigest.sha256();
        digest.update((base().identity() + " resized " + change).getBytes(StandardCharsets.UTF_8));
        return ContentDigest.hex(digest);
    }
}
