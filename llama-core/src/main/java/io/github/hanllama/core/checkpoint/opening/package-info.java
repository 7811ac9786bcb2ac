/**
 * What opening a model has in common, whatever its format: shards that are closed when one of them fails, and the
 * check that weights, configuration and tokenizer belong together. Every reader ends in {@link
 * io.github.hanllama.core.checkpoint.opening.FileCheckpoint}.
 */
package io.github.hanllama.core.checkpoint.opening;
