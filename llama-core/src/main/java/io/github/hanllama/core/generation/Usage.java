package io.github.hanllama.core.generation;

import java.time.Duration;

/**
 * What a text took.
 *
 * @param promptTokens ids of the prompt
 * @param generatedTokens ids written, without the one that ended the text
 * @param prefill time to read the prompt
 * @param decode time to write the text; what a stream's reader did in between is not counted
 */
public record Usage(int promptTokens, int generatedTokens, Duration prefill, Duration decode) {}
