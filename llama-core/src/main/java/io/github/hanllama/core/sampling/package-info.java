/**
 * Choosing the next id from logits. {@link io.github.hanllama.core.sampling.Samplers} makes a {@link
 * io.github.hanllama.core.sampling.Sampler} from {@link io.github.hanllama.core.sampling.SamplingOptions}; a {@link
 * io.github.hanllama.core.sampling.TokenConstraint} narrows the choice before it. Knows ids only, no text.
 */
package io.github.hanllama.core.sampling;
