/**
 * Text in, text out: a {@link io.github.hanllama.core.generation.Generator} drives a model, a tokenizer and a sampler
 * until a stop rule ends the text. Start there; {@link io.github.hanllama.core.generation.GenerationConfig} says how, {@link
 * io.github.hanllama.core.generation.GenerationResult} what came of it, {@link
 * io.github.hanllama.core.generation.TextStream} delivers the text as it is written. {@link
 * io.github.hanllama.core.generation.Chat} goes on from turn to turn.
 *
 * <p>Inside, a {@code Generation} runs the model for one or more {@code Draft}s, each of which turns logits into text.
 * Nothing here knows files or engines.
 */
package io.github.hanllama.core.generation;
