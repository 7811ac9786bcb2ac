/**
 * Folders as Meta keeps them, {@code params.json} and {@code consolidated.NN.pth}: {@link
 * io.github.hanllama.core.checkpoint.meta.MetaFolder} opens one, {@link
 * io.github.hanllama.core.checkpoint.meta.MetaPlan} says what a written one holds. Meta's names and rotary layout are
 * known here only.
 */
package io.github.hanllama.core.checkpoint.meta;
