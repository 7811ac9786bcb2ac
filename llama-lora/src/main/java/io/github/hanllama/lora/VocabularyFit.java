package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.lora.LoraLayout.Whole;
import io.github.hanllama.tokenizer.Tokenizer;

/**
 * Whether tokenizer, embedding and head still agree after merging. Mixing LLaMA and Alpaca files is the most frequent
 * accident of this family, and nothing but these sizes shows it.
 */
final class VocabularyFit {
    private final Checkpoint base;
    private final LoraWeights adapter;
    private final long embedding;
    private final long head;

    private VocabularyFit(Checkpoint base, LoraWeights adapter) {
        this.base = base;
        this.adapter = adapter;
        this.embedding = rows(TensorNames.EMBED_TOKENS, base.config().vocabSize());
        this.head = rows(
                TensorNames.LM_HEAD,
                base.config().tieWordEmbeddings() ? embedding : base.config().vocabSize());
    }

    static void check(Checkpoint base, LoraWeights adapter) {
        VocabularyFit fit = new VocabularyFit(base, adapter);
        fit.requireNoShrinking();
        fit.requireEqualRows();
        adapter.tokenizer().or(base::tokenizer).ifPresent(fit::requireTokenizer);
    }

    private long rows(String tensor, long otherwise) {
        Whole whole = adapter.layout().wholes().get(tensor);
        return whole == null ? otherwise : whole.stored().rows();
    }

    private void requireNoShrinking() {
        long rows = Math.min(embedding, head);
        if (rows >= base.config().vocabSize()) {
            return;
        }
        String sizes =
                "it brings " + ChineseVocabulary.describe(rows) + " rows of embeddings, but the model already has "
                        + ChineseVocabulary.describe(base.config().vocabSize());
        String advice = MergedCheckpoint.adapters(base)
                .filter(other -> other.overrides().vocabSize().isPresent())
                .reduce((first, second) -> second)
                .map(last -> "; the chain is in the wrong order: apply " + adapter.origin() + " first, then "
                        + last.origin())
                .orElse("; was it made for another base?");
        throw mismatch(sizes + advice);
    }

    private void requireEqualRows() {
        if (embedding != head) {
            throw mismatch("the embedding would have " + ChineseVocabulary.describe(embedding) + " rows and the head "
                    + ChineseVocabulary.describe(head) + "; it must bring both or neither");
        }
    }

    private void requireTokenizer(Tokenizer tokenizer) {
        int size = tokenizer.vocabularySize();
        boolean own = adapter.tokenizer().isPresent();
        if (size > embedding && own && embedding == base.config().vocabSize()) {
            throw mismatch("it brings a tokenizer of " + ChineseVocabulary.describe(size)
                    + " entries but no embeddings for them; the base has " + ChineseVocabulary.describe(embedding)
                    + " rows");
        }
        if (size > embedding || (size < embedding && isMixUp(size))) {
            throw mismatch("the tokenizer " + (own ? "it brings" : "of the base") + " has "
                    + ChineseVocabulary.describe(size) + " entries, the embedding would have "
                    + ChineseVocabulary.describe(embedding) + " rows; use the tokenizer that was published with these"
                    + " embeddings");
        }
    }

    /** Rows beyond the tokenizer are padding, unless both sizes are those of two different models. */
    private boolean isMixUp(int size) {
        return ChineseVocabulary.isKnown(size) && ChineseVocabulary.isKnown(embedding);
    }

    private AdapterMismatchException mismatch(String cause) {
        return new AdapterMismatchException(adapter.origin() + " does not fit " + base.origin() + ": " + cause);
    }
}
