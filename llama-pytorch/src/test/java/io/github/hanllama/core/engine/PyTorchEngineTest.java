package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;

/** In the package of the contracts, which are not public. */
class PyTorchEngineTest extends EngineContract {
    PyTorchEngineTest() {
        super("pytorch");
    }

    /** Sums of libtorch depend on how many are computed together. */
    @Override
    public float tolerance() {
        return 1e-4f;
    }

    /** One thread unless a test asks for more: with models this small, more would wait for each other. */
    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        EngineOptions exact = options.exactActivations(true);
        return super.load(checkpoint, options.threads().isPresent() ? exact : exact.threads(1));
    }

    @Override
    public int swaps() {
        return 200;
    }
}
