/**
 * The {@code hybrid} engine: prompts by one engine, generated tokens by another.
 *
 * <p>{@code HybridDecoder} hands the rows of a pass to the decoder of either; {@code HybridStorage} knows which of the two has
 * which positions of a text and copies what the other lacks.
 */
package io.github.hanllama.core.engine.hybrid;
