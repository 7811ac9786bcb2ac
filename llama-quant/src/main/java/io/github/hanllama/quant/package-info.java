/**
 * Number formats ({@link io.github.hanllama.quant.DType}), conversions between them and the kernels of a LLaMA decoder.
 *
 * <p>A leaf: it knows numbers and memory, not files, tensors by name or models.
 */
package io.github.hanllama.quant;
