/**
 * Models in fewer bits. {@link io.github.hanllama.core.quantize.QuantizedCheckpoint} is a checkpoint like any other, whose
 * matrices are quantized tile by tile when they are read: by an engine that loads it, or by a writer. Start there.
 *
 * <p>The number formats themselves, and which tensor gets which, are in {@link io.github.hanllama.quant}.
 */
package io.github.hanllama.core.quantize;
