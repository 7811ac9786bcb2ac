package io.github.hanllama.core.engine;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;

/** Where no activation is rounded, blocks are as near to the reference as they are in other engines. */
class JavaExactEngineTest implements LogitsContract {
    @Override
    public LanguageModel load(String fixture) {
        try (Checkpoint checkpoint = Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()))) {
            return Engines.named("java")
                    .load(checkpoint, EngineOptions.defaults().exactActivations(true));
        }
    }
}
