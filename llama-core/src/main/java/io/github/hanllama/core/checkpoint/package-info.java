/**
 * A model at rest. {@link io.github.hanllama.core.checkpoint.Checkpoint} is the currency of the library: readers make
 * one, adapters turn one into another, engines and writers take one.
 *
 * <p>Everything is read by row tiles, so a transform of any size runs in bounded memory. Nothing here computes.
 */
package io.github.hanllama.core.checkpoint;
