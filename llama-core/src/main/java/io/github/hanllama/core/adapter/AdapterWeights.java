package io.github.hanllama.core.adapter;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * An opened adapter: the one object that merging and unmerged use both read. Immutable and thread-safe; its tensors are
 * usable until it is closed.
 */
public interface AdapterWeights extends AutoCloseable {
    /** Where it comes from, for messages. */
    String origin();

    AdapterInfo info();

    /** The names of all tensors it changes. */
    SequencedSet<String> changedTensors();

    /** What it does to the tensor of this name; empty when it leaves it alone. */
    Optional<TensorChange> change(String tensorName);

    /** The tokenizer it brings; the last adapter's is the model's. */
    Optional<Tokenizer> tokenizer();

    ConfigOverrides overrides();

    /**
     * The base with this adapter merged in, lazily, row by row. The result owns both: closing it closes them. When this
     * method throws, the caller still owns both. This is where they are found to fit; attaching without merging asks here
     * too, and lets go of the result unread and unclosed.
     *
     * @throws io.github.hanllama.core.error.AdapterMismatchException when they do not belong together
     */
    Checkpoint mergeInto(Checkpoint base);

    /**
     * Every reason why this adapter does not belong on that base, certain or likely; none when it does. Both stay open and
     * the caller's.
     */
    default List<Misfit> misfits(Checkpoint base) {
        try {
            mergeInto(base);
            return List.of();
        } catch (AdapterMismatchException e) {
            return List.of(new Misfit(true, String.valueOf(e.getMessage())));
        }
    }

    @Override
    void close();
}
