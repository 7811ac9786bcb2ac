/**
 * The scheme of ChatGLM and Chinese-LlaMA2, whole numbers with a scale for each row: read by {@link
 * io.github.hanllama.core.checkpoint.rowquantized.RowScaledWeights}, made by {@link
 * io.github.hanllama.core.checkpoint.rowquantized.RowQuantizedCheckpoint}.
 */
package io.github.hanllama.core.checkpoint.rowquantized;
