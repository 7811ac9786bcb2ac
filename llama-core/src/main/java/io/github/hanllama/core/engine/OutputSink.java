package io.github.hanllama.core.engine;

/** Receives the outputs of a forward pass. */
@FunctionalInterface
public interface OutputSink {
    /** For passes that only fill caches. */
    OutputSink NONE = (row, position, output, values) -> {};

    /**
     * @param row index of the row in the batch
     * @param position index into the row's ids
     * @param output what was asked for there
     * @param values the logits or the hidden state; the array is reused after the call
     */
    void accept(int row, int position, Output output, float[] values);
}
