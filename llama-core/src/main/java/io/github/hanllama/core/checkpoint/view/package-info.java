/**
 * Tensors made of other tensors, row by row when they are read: renamed, joined, picked, or with their rows in the
 * other rotary layout. Most extend {@link io.github.hanllama.core.checkpoint.view.StoredTensor}. No value is changed
 * here but a new row's.
 */
package io.github.hanllama.core.checkpoint.view;
