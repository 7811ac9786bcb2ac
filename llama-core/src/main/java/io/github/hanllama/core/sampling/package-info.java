/** Choosing the next id from logits. Start at {@link io.github.hanllama.core.sampling.Sampler}. */
package io.github.hanllama.core.sampling;
