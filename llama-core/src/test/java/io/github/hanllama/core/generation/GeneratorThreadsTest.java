package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.core.progress.Cancellation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class GeneratorThreadsTest {
    private static final FakeTokenizer TOKENIZER = new FakeTokenizer("hello");
    private final FakeModel model = FakeModel.babbling(TOKENIZER.vocabularySize());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void manyTexts_sameAsAlone_andNoMoreAtOnceThanAllowed() throws Exception {
        try (Generator generator = generator(3)) {
            List<GenerationResult> alone = IntStream.range(0, 20)
                    .mapToObj(seed -> generator.generate("hello", seeded(seed)))
                    .toList();
            model.beforeRow(row -> Thread.yield());
            List<Future<GenerationResult>> together = IntStream.range(0, 20)
                    .mapToObj(seed -> threads.submit(() -> generator.generate("hello", seeded(seed))))
                    .toList();
            for (int seed = 0; seed < 20; seed++) {
                assertThat(together.get(seed).get().ids())
                        .isEqualTo(alone.get(seed).ids());
            }
            assertThat(model.mostOpenCaches()).isBetween(2, 3);
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void streams_readInTurns_doNotDisturbEachOther() {
        try (Generator generator = generator(2);
                TextStream first = generator.stream("a", seeded(1));
                TextStream second = generator.stream("b", seeded(2))) {
            Iterator<String> one = first.iterator();
            Iterator<String> two = second.iterator();
            while (one.hasNext() | two.hasNext()) {
                if (one.hasNext()) {
                    one.next();
                }
                if (two.hasNext()) {
                    two.next();
                }
            }
            assertThat(first.result().text())
                    .isEqualTo(generator.generate("a", seeded(1)).text());
            assertThat(second.result().text())
                    .isEqualTo(generator.generate("b", seeded(2)).text());
        }
    }

    @Test
    void stream_closedEarly_freesItsCacheAndPlace() {
        try (Generator generator = generator(1)) {
            TextStream stream = generator.stream("x", seeded(1));
            Iterator<String> pieces = stream.iterator();
            String first = pieces.next();
            assertThat(model.openCaches()).isOne();
            stream.close();
            stream.close();
            assertThat(model.openCaches()).isZero();
            assertThat(pieces.hasNext()).isFalse();
            assertThat(stream.result().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(stream.result().text()).startsWith(first);
            assertThat(generator.generate("x", seeded(1)).finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void stream_notReadYet_holdsNothing() {
        try (Generator generator = generator(1);
                TextStream stream = generator.stream("x", seeded(1))) {
            assertThat(model.openCaches()).isZero();
            assertThatThrownBy(stream::result)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has not ended");
        }
    }

    @Test
    void stream_closedByAnotherThread_endsTheStepInFlight() throws Exception {
        CountDownLatch inStep = new CountDownLatch(1);
        blockWhileRunning(inStep);
        try (Generator generator = generator(1)) {
            TextStream stream = generator.stream("x", seeded(1));
            Future<?> reader = threads.submit(() -> stream.forEach(text -> {}));
            inStep.await();
            stream.close();
            reader.get();
            assertThat(stream.result().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void cancel_byAnotherThread_endsTheStepInFlight() throws Exception {
        CountDownLatch inStep = new CountDownLatch(1);
        blockWhileRunning(inStep);
        Cancellation cancellation = new Cancellation();
        GenerationConfig config =
                GenerationConfig.builder().cancellation(cancellation).build();
        try (Generator generator = generator(1)) {
            Future<GenerationResult> result = threads.submit(() -> generator.generate("x", config));
            inStep.await();
            cancellation.cancel();
            assertThat(result.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void waiting_forAPlace_endsByDeadlineAndByCancellation() throws Exception {
        try (Generator generator = generator(1);
                TextStream holder = generator.stream("x", seeded(1))) {
            holder.iterator().next();
            GenerationConfig hurried =
                    GenerationConfig.builder().deadline(Duration.ofMillis(50)).build();
            assertThat(generator.generate("x", hurried).finishReason()).isEqualTo(FinishReason.DEADLINE);

            Cancellation cancellation = new Cancellation();
            Future<GenerationResult> waiting = threads.submit(() -> generator.generate(
                    "x", GenerationConfig.builder().cancellation(cancellation).build()));
            assertThat(waiting.isDone()).isFalse();
            cancellation.cancel();
            assertThat(waiting.get().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void waiting_interrupted_endsCancelledAndStaysInterrupted() throws Exception {
        try (Generator generator = generator(1);
                TextStream holder = generator.stream("x", seeded(1))) {
            holder.iterator().next();
            Future<FinishReason> waiting = threads.submit(() -> {
                Thread.currentThread().interrupt();
                FinishReason reason = generator.generate("x", seeded(2)).finishReason();
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
                return reason;
            });
            assertThat(waiting.get()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void generator_closed_cancelsWaitsAndRefuses() throws Exception {
        CountDownLatch inStep = new CountDownLatch(1);
        blockWhileRunning(inStep);
        Generator generator = generator(1);
        Future<GenerationResult> running = threads.submit(() -> generator.generate("x", seeded(1)));
        inStep.await();
        List<Future<GenerationResult>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(threads.submit(() -> generator.generate("x", seeded(1))));
        }
        TextStream unread = generator.stream("x", seeded(1));

        generator.close();
        generator.close();

        assertThat(model.openCaches()).isZero();
        assertThat(model.isClosed()).isTrue();
        assertThat(running.get(5, TimeUnit.SECONDS).finishReason()).isEqualTo(FinishReason.CANCELLED);
        for (Future<GenerationResult> each : waiting) {
            assertThat(each).satisfies(future -> {
                try { // one that came late was refused instead
                    assertThat(future.get(5, TimeUnit.SECONDS).finishReason()).isEqualTo(FinishReason.CANCELLED);
                } catch (java.util.concurrent.ExecutionException e) {
                    assertThat(e).hasRootCauseMessage("generator is closed");
                }
            });
        }
        assertThat(unread.iterator().hasNext()).isFalse();
        assertThat(unread.result().finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThatThrownBy(() -> generator.stream("x", seeded(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("generator is closed");
    }

    /** Every row runs until it is cancelled. */
    private void blockWhileRunning(CountDownLatch inStep) {
        model.beforeRow(row -> {
            inStep.countDown();
            while (!row.cancellation().isCancelled()) {
                Thread.yield();
            }
        });
    }

    private Generator generator(int maxConcurrent) {
        return Generator.of(model, Optional.of(TOKENIZER), new GeneratorOptions(64, List.of(), maxConcurrent));
    }

    private static GenerationConfig seeded(long seed) {
        return GenerationConfig.builder()
                .temperature(1)
                .ignoreEos(true)
                .seed(seed)
                .maxNewTokens(20)
                .build();
    }
}
