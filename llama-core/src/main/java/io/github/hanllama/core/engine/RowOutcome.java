package io.github.hanllama.core.engine;

import java.util.concurrent.CancellationException;

/** How one row of a forward pass ended. Unless completed, its cache is as long as before. */
public sealed interface RowOutcome {
    /** The row ran and its outputs were delivered. */
    record Completed() implements RowOutcome {}

    /** The row's switch was thrown. */
    record Cancelled() implements RowOutcome {}

    /** The row, or the sink called for it, failed. */
    record Failed(RuntimeException cause) implements RowOutcome {}

    /** Throws what {@link BatchResult#requireCompleted()} says. */
    default void requireCompleted() {
        switch (this) {
            case Completed completed -> {}
            case Cancelled cancelled -> throw new CancellationException("the row was cancelled");
            case Failed failed -> throw failed.cause();
        }
    }
}
