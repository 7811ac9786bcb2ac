package io.github.hanllama.core.adapter;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.LlamaConfigBuilder;
import io.github.hanllama.core.config.RopeScaling;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an adapter changes in its base's configuration.
 *
 * @param vocabSize rows of the embedding after a replacement
 * @param maxPositionEmbeddings a longer context the adapter was trained for
 * @param ropeScaling the scaling that goes with it
 */
public record ConfigOverrides(
        OptionalInt vocabSize, OptionalInt maxPositionEmbeddings, Optional<RopeScaling> ropeScaling) {
    /** Changes nothing. */
    public static final ConfigOverrides NONE =
            new ConfigOverrides(OptionalInt.empty(), OptionalInt.empty(), Optional.empty());

    /** The base's configuration with these values in place. */
    public LlamaConfig applyTo(LlamaConfig config) {
        LlamaConfigBuilder builder = config.toBuilder();
        vocabSize.ifPresent(builder::vocabSize);
        maxPositionEmbeddings.ifPresent(builder::maxPositionEmbeddings);
        ropeScaling.ifPresent(builder::ropeScaling);
        return builder.build();
    }
}
