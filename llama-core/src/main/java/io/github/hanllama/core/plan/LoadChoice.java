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

    /** For people: {@code "java, Q4_K_M, keys and values in F16, 4096 tokens of context: at most 5.9 GB"}. */
    public String describe() {
        return "%s, %s, keys and values in %s, %d tokens of context: at most %s"
                .formatted(
                        option.memory().engine(),
                        option.weights(),
                        option.kvType(),
                        maxSequenceLength,
                        ByteCount.describe(peakBytes()));
    }
}
