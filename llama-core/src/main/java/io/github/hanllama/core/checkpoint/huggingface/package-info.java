/**
 * Folders as Hugging Face's transformers keeps them, with {@code config.json}: {@link
 * io.github.hanllama.core.checkpoint.huggingface.HfFolder} opens one, {@link
 * io.github.hanllama.core.checkpoint.huggingface.HfPlan} says what a written one holds, and patches and row-quantized
 * models are folders of this kind with something more.
 */
package io.github.hanllama.core.checkpoint.huggingface;
