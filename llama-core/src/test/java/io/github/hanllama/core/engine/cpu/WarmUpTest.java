package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmUpTest {
    private final Checkpoint checkpoint = Checkpoints.open(
            ModelSources.path(TestData.path("hf/gqa_bf16/base")).resolve(ProgressListener.NONE, new Cancellation()));

    @AfterEach
    void close() {
        checkpoint.close();
    }

    private LanguageModel load(EngineOptions options) {
        return new JavaEngine().load(checkpoint, options);
    }

    private static float[] logits(LanguageModel model) {
        try (Session session = model.newSession(8)) {
            return session.prefill(1, 2, 3);
        }
    }

    @Test
    void load_warmedUp_sameResults() {
        try (LanguageModel cold = load(EngineOptions.defaults());
                LanguageModel warm = load(EngineOptions.defaults().warmUp(true))) {
            assertThat(logits(warm)).isEqualTo(logits(cold));
        }
    }

    /** Room for exactly one cache, which is free again afterwards; or too little, and then there is no warm-up. */
    @ParameterizedTest
    @ValueSource(ints = {8, 10, 64})
    void load_boundedCaches_leavesAllRoom(int positions) {
        long bytes;
        try (LanguageModel model = load(EngineOptions.defaults())) {
            bytes = model.cacheBytes(positions);
        }
        try (LanguageModel model =
                load(EngineOptions.defaults().maxKvBytes(bytes).warmUp(true))) {
            assertThat(model.newCache(positions).capacity()).isEqualTo(positions);
        }
    }

    @Test
    void load_cancelledOnceRead() {
        Cancellation cancellation = new Cancellation();
        EngineOptions options = EngineOptions.defaults()
                .cancellation(cancellation)
                .listener(progress -> {
                    if (progress.done() == progress.total()) {
                        cancellation.cancel();
                    }
                });
        load(options).close();
        assertThatThrownBy(() -> load(options.warmUp(true))).isInstanceOf(CancellationException.class);
    }
}
