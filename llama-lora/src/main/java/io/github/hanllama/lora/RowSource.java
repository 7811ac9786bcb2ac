package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;

/** Rows in f32 that are not yet rounded to the type they will be stored in. Stateless and thread-safe. */
@FunctionalInterface
interface RowSource {
    /** As {@link Tensor#readRows}; the receiver may not change the values. */
    void read(long from, long to, Tensor.RowSink sink);
}
