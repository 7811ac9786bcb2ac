package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;

/** The engine as on a libtorch that takes no scripts. */
public final class EagerEngine implements Engine {
    @Override
    public String name() {
        return "eager";
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        return PyTorchEngine.loadEager(checkpoint, options);
    }
}
