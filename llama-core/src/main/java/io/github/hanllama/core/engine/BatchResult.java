package io.github.hanllama.core.engine;

import java.util.List;

/** How each row of a batch ended, in batch order. */
public record BatchResult(List<RowOutcome> outcomes) {
    public BatchResult {
        outcomes = List.copyOf(outcomes);
    }

    /**
     * Does nothing when every row completed.
     *
     * @throws java.util.concurrent.CancellationException when a row was cancelled
     * @throws RuntimeException the cause of the first row that failed
     */
    public void requireCompleted() {
        outcomes.forEach(RowOutcome::requireCompleted);
    }
}
