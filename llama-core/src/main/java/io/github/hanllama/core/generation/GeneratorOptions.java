package io.github.hanllama.core.generation;

import java.util.List;
import java.util.Optional;

/**
 * What a generator knows beyond its model and tokenizer.
 *
 * @param maxSequenceLength positions a text may take, prompt included
 * @param eosTokenIds ids that end a text as {@code generation_config.json} says, beside those the model and the
 *     tokenizer name
 * @param maxConcurrent texts written at the same time; the next waits
 * @param chatTemplate the template that the model's files declare, in whatever language; see {@link
 *     io.github.hanllama.core.chat.ChatTemplates#meantBy}
 */
public record GeneratorOptions(
        int maxSequenceLength, List<Integer> eosTokenIds, int maxConcurrent, Optional<String> chatTemplate) {
    /** Few enough for the caches to fit, and no slower: texts share the compute threads anyway. */
    public static final int DEFAULT_MAX_CONCURRENT = 8;

    public GeneratorOptions {
        if (maxSequenceLength < 1) {
            throw new IllegalArgumentException("maxSequenceLength must be >= 1, was " + maxSequenceLength);
        }
        if (maxConcurrent < 1) {
            throw new IllegalArgumentException("maxConcurrent must be >= 1, was " + maxConcurrent);
        }
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    /** For a model that declares no chat template. */
    public GeneratorOptions(int maxSequenceLength, List<Integer> eosTokenIds, int maxConcurrent) {
        this(maxSequenceLength, eosTokenIds, maxConcurrent, Optional.empty());
    }

    /** Texts of up to that many positions; nothing else known. */
    public static GeneratorOptions of(int maxSequenceLength) {
        return new GeneratorOptions(maxSequenceLength, List.of(), DEFAULT_MAX_CONCURRENT);
    }
}
