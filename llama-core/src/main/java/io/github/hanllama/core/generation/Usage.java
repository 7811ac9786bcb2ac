package io.github.hanllama.core.generation;

import java.time.Duration;

/**
 * What a text took.
 *
 * @param promptTokens ids of the prompt
 * @param cachedTokens how many of them a chat had in its cache from the turn before
 * @param generatedTokens ids written, without the one that ended the text
 * @param timeToFirstToken from the first step to the first id, waiting for a place included; zero when none was chosen
 * @param prefill time to read the prompt
 * @param decode time to write the text; what a stream's reader did in between is not counted
 */
public record Usage(
        int promptTokens,
        int cachedTokens,
        int generatedTokens,
        Duration timeToFirstToken,
        Duration prefill,
        Duration decode) {
    private static final double NANOS_PER_SECOND = 1e9;

    /** How fast the prompt was read, without what was in the cache. */
    public double promptTokensPerSecond() {
        return perSecond(promptTokens - cachedTokens, prefill);
    }

    /** How fast the text was written: ids after the first, which comes of reading the prompt. 0 when there are none. */
    public double tokensPerSecond() {
        return perSecond(generatedTokens - 1, decode);
    }

    private static double perSecond(int tokens, Duration time) {
        return tokens <= 0 || time.isZero() ? 0 : tokens * NANOS_PER_SECOND / time.toNanos();
    }
}
