/**
 * What GGUF files, and the ggml files before them, say about themselves: settings, vocabulary, and where each tensor lies.
 * Start at {@link io.github.hanllama.core.checkpoint.gguf.GgufContents} and {@link
 * io.github.hanllama.core.checkpoint.gguf.GgmlContents}.
 *
 * <p>Names stay as they are in the files; what they mean is decided where models are opened. No value of the weights is
 * read here.
 */
package io.github.hanllama.core.checkpoint.gguf;
