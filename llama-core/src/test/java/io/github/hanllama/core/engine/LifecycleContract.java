package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loading reports and can be stopped; closing is safe at any time. */
@Timeout(60)
interface LifecycleContract extends SameResults {
    String FIXTURE = "hf/gqa_bf16/base";

    Checkpoint open(String fixture);

    LanguageModel load(String fixture);

    LanguageModel load(Checkpoint checkpoint, EngineOptions options);

    @Test
    default void load_tellsProgress() {
        List<Progress> told = Collections.synchronizedList(new ArrayList<>());
        try (Checkpoint checkpoint = open(FIXTURE)) {
            load(checkpoint, EngineOptions.defaults().listener(told::add)).close();
        }
        assertThat(told).isNotEmpty().allMatch(progress -> progress.stage() == Progress.Stage.LOAD);
        long total = told.getFirst().total();
        assertThat(told.stream().mapToLong(Progress::done).max()).hasValue(total);
    }

    @Test
    default void load_cancelled() {
        Cancellation cancellation = new Cancellation();
        EngineOptions options =
                EngineOptions.defaults().cancellation(cancellation).listener(progress -> cancellation.cancel());
        try (Checkpoint checkpoint = open(FIXTURE)) {
            assertThatThrownBy(() -> load(checkpoint, options)).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    default void load_tensorMissing() {
        try (Checkpoint checkpoint = new AlteredCheckpoint(open(FIXTURE), AlteredCheckpoint.Change.NORM_MISSING)) {
            assertThatThrownBy(() -> load(checkpoint, EngineOptions.defaults()))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("model.norm.weight: missing");
        }
    }

    @Test
    default void load_tensorOfAnotherShape() {
        try (Checkpoint checkpoint = new AlteredCheckpoint(open(FIXTURE), AlteredCheckpoint.Change.WIDER_MLP)) {
            assertThatThrownBy(() -> load(checkpoint, EngineOptions.defaults()))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("model.layers.0.mlp.gate_proj.weight: expected [");
        }
    }

    @Test
    default void close_refusesEverything() {
        LanguageModel model = load(FIXTURE);
        Session session = model.newSession(8);
        session.prefill(1, 2);
        BatchRow row = BatchRow.generated(session.cache(), 1);
        model.close();
        model.close();
        assertClosed(() -> model.newCache(1));
        assertClosed(() -> model.forward(Batch.of(row), OutputSink.NONE));
        assertClosed(() -> session.decode(1));
        assertClosed(() -> session.cache().length());
        assertClosed(() -> session.cache().fork());
        session.close();
        assertThat(model.config().vocabSize()).isEqualTo(512);
    }

    private static void assertClosed(Callable<?> use) {
        assertThatIllegalStateException().isThrownBy(use::call).withMessage("model is closed");
    }

    @Test
    default void close_waitsForThePassInFlight() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            LanguageModel model = load(FIXTURE);
            Session session = model.newSession(8);
            Session waiting = model.newSession(8);
            Future<BatchResult> pass = threads.submit(() -> model.forward(
                    Batch.of(BatchRow.prompt(session.cache(), 1, 2, 3).outputAll(Output.LOGITS)),
                    (row, position, output, values) -> {
                        running.countDown();
                        await(goOn);
                    }));
            running.await();
            Future<float[]> next = threads.submit(() -> waiting.prefill(1));
            assertStillRuns(next);
            Future<?> closing = threads.submit(model::close);
            assertStillRuns(closing);
            assertClosed(() -> model.newCache(1));
            goOn.countDown();
            closing.get();
            pass.get().requireCompleted();
            assertThatThrownBy(next::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("model is closed");
        }
    }

    private static void assertStillRuns(Future<?> future) {
        assertThatThrownBy(() -> future.get(100, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    default void close_whileManyGenerate() throws Exception {
        for (int round = 0; round < 5; round++) {
            LanguageModel model = load(FIXTURE);
            CountDownLatch started = new CountDownLatch(3);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> generations = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    generations.add(threads.submit(() -> generateForever(model, started)));
                }
                started.await();
                model.close();
                for (Future<?> generation : generations) {
                    assertThatThrownBy(generation::get).hasRootCauseMessage("model is closed");
                }
            }
        }
    }

    private static void generateForever(LanguageModel model, CountDownLatch started) {
        Session session = model.newSession(64);
        while (true) {
            session.prefill(1, 2, 3);
            session.cache().fork().close();
            session.cache().truncate(0);
            started.countDown();
        }
    }

    @Test
    default void forward_concurrentCallsTakeTurns() throws Exception {
        try (LanguageModel model = load(FIXTURE);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Integer> expected = Decoding.greedy(model, 16, 1, 2, 3);
            List<Future<List<Integer>>> results = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit(() -> Decoding.greedy(model, 16, 1, 2, 3)))
                    .toList();
            for (Future<List<Integer>> result : results) {
                assertThat(result.get()).isEqualTo(expected);
            }
        }
    }

    @Test
    default void forward_fromInsideAPass() {
        try (LanguageModel model = load(FIXTURE);
                Session outer = model.newSession(8);
                Session inner = model.newSession(8)) {
            assertFails(model, outer, () -> inner.prefill(1), "forward() was called from inside");
            assertFails(model, outer, model::close, "close() was called from inside");
            assertSame(outer.prefill(1), inner.prefill(1));
        }
    }

    private static void assertFails(LanguageModel model, Session session, Runnable inSink, String message) {
        BatchResult result = model.forward(
                Batch.of(BatchRow.prompt(session.cache(), 1)), (row, position, output, values) -> inSink.run());
        assertThatIllegalStateException().isThrownBy(result::requireCompleted).withMessageContaining(message);
    }
}
