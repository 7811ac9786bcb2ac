/**
 * Text in, text out: a {@link io.github.hanllama.core.generation.Generator} drives a model, a tokenizer and a sampler
 * until a stop rule ends the text. Start there; {@link io.github.hanllama.core.generation.GenerationConfig} says how, {@link
 * io.github.hanllama.core.generation.GenerationResult} what came of it, {@link
 * io.github.hanllama.core.generation.TextStream} delivers the text as it is written.
 *
 * <p>Nothing here knows prompts or templates, files or engines.
 */
package io.github.hanllama.core.generation;
