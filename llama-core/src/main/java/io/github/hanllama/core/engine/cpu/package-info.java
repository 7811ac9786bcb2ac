/**
 * The {@code java} engine: weights of any type on the SIMD kernels of llama-quant and all cores of the machine.
 *
 * <p>{@link io.github.hanllama.core.engine.cpu.JavaEngine} loads; {@code JavaDecoder} cuts a batch into chunks of tokens
 * and {@code ChunkPass} takes a chunk through the layers, each step shared by the threads of a {@code Team}.
 */
package io.github.hanllama.core.engine.cpu;
