/**
 * Running a model: {@link io.github.hanllama.core.engine.Engine} loads a checkpoint into a {@link
 * io.github.hanllama.core.engine.LanguageModel}, whose only inference call is {@link
 * io.github.hanllama.core.engine.LanguageModel#forward forward}. Token ids in, logits out; no text, no sampling.
 */
package io.github.hanllama.core.engine;
