package io.github.hanllama.core.checkpoint;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a model is spread over Meta's files, one for each process that is to run it.
 *
 * @param files how many; empty: as many as Meta's model of that width has, else one
 * @param vocabulary what becomes of rows of the vocabulary that do not divide
 * @param embedding how the embedding is split; empty: as Meta does, by rows from Llama-3 on
 */
public record MetaLayout(OptionalInt files, UnevenRows vocabulary, Optional<EmbeddingSplit> embedding) {
    /** As Meta does, and the merge scripts of Chinese-LLaMA-Alpaca. */
    public static final MetaLayout DEFAULT =
            new MetaLayout(OptionalInt.empty(), UnevenRows.LAST_MORE, Optional.empty());

    private static final int MAX_FILES = 100; // two digits in a name
    private static final Map<Integer, Integer> FILES = Map.of(4096, 1, 5120, 2, 6656, 4, 8192, 8);
    private static final int LLAMA_3_THETA = 500_000;
    private static final int LLAMA_3_VOCABULARY = 128_000;

    public MetaLayout {
        if (files.isPresent() && (files.getAsInt() < 1 || files.getAsInt() > MAX_FILES)) {
            throw new IllegalArgumentException("files must be in 1.." + MAX_FILES + ", was " + files.getAsInt());
        }
    }

    /** How the embedding is split. */
    public enum EmbeddingSplit {
        COLUMNS,
        ROWS
    }

    public MetaLayout files(int value) {
        return new MetaLayout(OptionalInt.of(value), vocabulary, embedding);
    }

    public MetaLayout vocabulary(UnevenRows value) {
        return new MetaLayout(files, value, embedding);
    }

    public MetaLayout embedding(EmbeddingSplit value) {
        return new MetaLayout(files, vocabulary, Optional.of(value));
    }

    /** How many files a model of this width is spread over. */
    public int filesFor(int hiddenSize) {
        return files.orElse(FILES.getOrDefault(hiddenSize, 1));
    }

    /** Whether each file of such a model has some rows of the embedding, and not some columns. */
    public boolean embeddingByRows(int vocabSize, double ropeTheta) {
        return embedding
                .map(split -> split == EmbeddingSplit.ROWS)
                .orElse(vocabSize >= LLAMA_3_VOCABULARY && ropeTheta >= LLAMA_3_THETA);
    }
}
