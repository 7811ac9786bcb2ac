package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.OutputSink;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.RowOutcome;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One row of a pass in flight, from the decoder's side. Outputs and ends are reported by the thread that runs the pass. */
public final class PassRow<S extends KvStorage, M> {
    private final int index;
    private final BatchRow row;
    private final S storage;
    private final int start;
    private final RowWeights<M> weights;
    private final OutputSink sink;
    private final Optional<PassRow<?, ?>> whole;
    private volatile @Nullable RowOutcome outcome;

    PassRow(int index, BatchRow row, S storage, int start, RowWeights<M> weights, OutputSink sink) {
        this(index, row, storage, start, weights, sink, Optional.empty());
    }

    private PassRow(
            int index,
            BatchRow row,
            S storage,
            int start,
            RowWeights<M> weights,
            OutputSink sink,
            Optional<PassRow<?, ?>> whole) {
        this.index = index;
        this.row = row;
        this.storage = storage;
        this.start = start;
        this.weights = weights;
        this.sink = sink;
        this.whole = whole;
    }

    /** This row for another decoder: as it ends there, it ends here. */
    public <T extends KvStorage, N> PassRow<T, N> on(T itsStorage, RowWeights<N> itsWeights) {
        return new PassRow<>(index, row, itsStorage, start, itsWeights, sink, Optional.of(this));
    }

    int index() {
        return index;
    }

    BatchRow row() {
        return row;
    }

    public S storage() {
        return storage;
    }

    /** The weights it is computed with. */
    public RowWeights<M> weights() {
        return weights;
    }

    /** How many ids. */
    public int size() {
        return row.size();
    }

    public int id(int i) {
        return row.id(i);
    }

    /** Position in the sequence of the row's id {@code i}. */
    public int position(int i) {
        return start + i;
    }

    public Phase phase() {
        return row.phase();
    }

    /** The length that dynamic rotary scaling counts at id {@code i}. */
    public int sequenceLength(int i) {
        return row.phase() == Phase.PROMPT ? row.promptLength() : position(i) + 1;
    }

    public Output output(int i) {
        return row.output(i);
    }

    /** Whether there is still a reason to compute this row. Any thread may ask. */
    public boolean active() {
        return outcome == null && !row.cancellation().isCancelled();
    }

    /** Hands what {@link #output} asks for at id {@code i} to the caller; when the caller throws, the row has failed. */
    public void emit(int i, float[] values) {
        try {
            sink.accept(index, i, row.output(i), values);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Every id ran and every output was handed over. */
    public void complete() {
        end(new RowOutcome.Completed());
    }

    public void fail(RuntimeException cause) {
        end(new RowOutcome.Failed(cause));
    }

    private void end(RowOutcome how) {
        if (outcome == null) {
            outcome = how;
            whole.ifPresent(row -> row.end(how));
        }
    }

    /** How it ended; a row may be left open only when it was cancelled. */
    RowOutcome outcome() {
        RowOutcome ended = outcome;
        if (ended != null) {
            return ended;
        }
        return row.cancellation().isCancelled()
                ? new RowOutcome.Cancelled()
                : new RowOutcome.Failed(new IllegalStateException("the engine did not finish row " + index));
    }

    /** Whether it ended well. */
    public boolean completed() {
        return outcome instanceof RowOutcome.Completed;
    }
}
