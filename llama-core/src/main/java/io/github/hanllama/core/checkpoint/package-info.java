/**
 * A model at rest. {@link io.github.hanllama.core.checkpoint.Checkpoint} is the currency of the library: {@link
 * io.github.hanllama.core.checkpoint.Checkpoints} opens one, adapters turn one into another, engines take one and {@link
 * io.github.hanllama.core.checkpoint.CheckpointWriter} writes one.
 *
 * <p>Everything is read by row tiles, so a transform of any size runs in bounded memory. Nothing here computes, and
 * every file is hostile until it is parsed: sizes and offsets are checked when a file is opened, not when it is read.
 */
package io.github.hanllama.core.checkpoint;
