/**
 * Text to token ids and back.
 *
 * <p>Start at {@link io.github.hanllama.tokenizer.Tokenizers#load}, which reads a {@code tokenizer.model}, a
 * {@code tokenizer.json} or the folder that holds them and returns a {@link io.github.hanllama.tokenizer.Tokenizer}.
 * {@link io.github.hanllama.tokenizer.VocabularyMerge} makes a larger {@code tokenizer.model} out of two.
 * Nothing here knows about models, prompts or templates.
 */
package io.github.hanllama.tokenizer;
