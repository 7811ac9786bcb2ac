/**
 * What every engine is made of besides its arithmetic: an engine writes a {@link
 * io.github.hanllama.core.engine.support.Decoder} and a {@link io.github.hanllama.core.engine.support.KvStorage}; {@link
 * io.github.hanllama.core.engine.support.EngineModel} makes a {@code LanguageModel} of them that checks batches, takes
 * turns, keeps rows apart, bounds the caches' memory, exchanges caches and closes in order.
 *
 * <p>Nothing here multiplies a matrix.
 */
package io.github.hanllama.core.engine.support;
