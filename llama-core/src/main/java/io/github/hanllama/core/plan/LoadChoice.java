package io.github.hanllama.core.plan;

/**
 * How the model would be run.
 *
 * @param option engine, types and what they take
 * @param maxSequenceLength tokens of context
 * @param reason why it is this one, a sentence
 */
public record LoadChoice(MemoryOption option, int maxSequenceLength, String reason) {
    /** At the most, with one text of the whole context. */
    public long peakBytes() {
        return option.memory().peakBytes(maxSequenceLength);
    }
}
