package io.github.hanllama.core.engine.hybrid;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.support.AdapterStore;

/** An adapter's matrices twice. */
record HybridAdapterStore<A, B>(AdapterStore<A> prompts, AdapterStore<B> generated)
        implements AdapterStore<HybridMatrix<A, B>> {
    @Override
    public HybridMatrix<A, B> matrix(Tensor tensor) {
        return new HybridMatrix<>(prompts.matrix(tensor), generated.matrix(tensor));
    }

    @Override
    public HybridMatrix<A, B> base(String name) {
        return new HybridMatrix<>(prompts.base(name), generated.base(name));
    }

    @Override
    public void readRow(HybridMatrix<A, B> matrix, int row, float[] target, int at) {
        generated.readRow(matrix.generated(), row, target, at);
    }

    @Override
    public long bytes() {
        return prompts.bytes() + generated.bytes();
    }

    @Override
    public void free() {
        prompts.free();
        generated.free();
    }
}
