/**
 * Models as llama.cpp and its kin keep them: {@link io.github.hanllama.core.checkpoint.llamacpp.GgufModel} opens GGUF,
 * {@link io.github.hanllama.core.checkpoint.llamacpp.GgmlModel} what came before it, {@link
 * io.github.hanllama.core.checkpoint.llamacpp.GgufWriter} writes. The bytes of these formats are read in {@link
 * io.github.hanllama.core.checkpoint.gguf}; here their words become Hugging Face's.
 */
package io.github.hanllama.core.checkpoint.llamacpp;
