package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.generation.FinishReason;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real model under everything that users do at the same time. */
class CancelledGenerationsTest {
    private static final Path STORIES = TestData.path("models/stories260k-hf");
    private static final int GENERATIONS = 200;
    private static final int THREADS = 16;
    private static final int SEEDS = 8;
    private static final int MAX_CONCURRENT = 4;
    private static final int[] PROMPT = {1, 403, 407, 261, 378}; // Once upon a time
    private static final int NEW_TOKENS = 12;

    @Test
    @Timeout(300)
    void startedAndEndedAtRandom_leaveNoTraceAndNoWrongText() throws Exception {
        long bytes = cacheBytes() * MAX_CONCURRENT; // one cache that leaks, and the last one is refused
        try (Generator generator = Llama.from(STORIES)
                        .maxConcurrent(MAX_CONCURRENT)
                        .maxKvBytes(bytes)
                        .load();
                var timer = Executors.newSingleThreadScheduledExecutor();
                var threads = Executors.newFixedThreadPool(THREADS)) {
            List<int[]> expected = new ArrayList<>();
            for (int seed = 0; seed <= SEEDS; seed++) { // one more for the second sample of the last
                expected.add(generator.generate(PROMPT, config(seed)).ids());
            }

            List<Future<List<GenerationResult>>> running = new ArrayList<>();
            for (int number = 0; number < GENERATIONS; number++) {
                Random random = new Random(number);
                int seed = number % SEEDS;
                running.add(threads.submit(() -> write(generator, config(seed), random, timer)));
            }

            Map<FinishReason, Integer> reasons = new EnumMap<>(FinishReason.class);
            for (int number = 0; number < GENERATIONS; number++) {
                List<GenerationResult> results = running.get(number).get(120, TimeUnit.SECONDS);
                for (int sample = 0; sample < results.size(); sample++) {
                    GenerationResult result = results.get(sample);
                    int[] whole = expected.get(number % SEEDS + sample);
                    reasons.merge(result.finishReason(), 1, Integer::sum);
                    assertThat(result.ids()).isEqualTo(Arrays.copyOf(whole, result.ids().length));
                    if (result.finishReason() == FinishReason.LENGTH) {
                        assertThat(result.ids()).hasSameSizeAs(whole);
                    }
                }
            }

            assertThat(reasons).containsOnlyKeys(FinishReason.LENGTH, FinishReason.CANCELLED, FinishReason.DEADLINE);
            openCachesOfWholeBudget(generator.model());
        }
    }

    /** In one of five ways, two of them to the end. */
    private static List<GenerationResult> write(
            Generator generator, GenerationConfig config, Random random, ScheduledExecutorService timer) {
        return switch (random.nextInt(5)) {
            case 0 -> List.of(generator.generate(PROMPT, config));
            case 1 -> generator.samples(PROMPT, 2, config);
            case 2 -> {
                Cancellation cancellation = new Cancellation();
                var throwing = timer.schedule(cancellation::cancel, random.nextInt(30_000), TimeUnit.MICROSECONDS);
                try {
                    yield List.of(generator.generate(
                            PROMPT,
                            config.toBuilder().cancellation(cancellation).build()));
                } finally {
                    throwing.cancel(false);
                }
            }
            case 3 ->
                List.of(generator.generate(
                        PROMPT,
                        config.toBuilder()
                                .deadline(Duration.ofNanos(random.nextInt(30_000_000)))
                                .build()));
            default -> List.of(readPartly(generator.stream(PROMPT, config), random.nextInt(NEW_TOKENS)));
        };
    }

    private static GenerationResult readPartly(TextStream stream, int pieces) {
        try (stream) {
            Iterator<String> iterator = stream.iterator();
            for (int i = 0; i < pieces && iterator.hasNext(); i++) {
                iterator.next();
            }
        }
        return stream.result();
    }

    private static void openCachesOfWholeBudget(LanguageModel model) {
        List<KvCache> caches = new ArrayList<>();
        for (int i = 0; i < MAX_CONCURRENT; i++) {
            caches.add(model.newCache(PROMPT.length + NEW_TOKENS - 1));
        }
        caches.forEach(KvCache::close);
    }

    private static long cacheBytes() {
        try (LanguageModel model = Llama.from(STORIES).loadModel()) {
            return model.cacheBytes(PROMPT.length + NEW_TOKENS - 1);
        }
    }

    private static GenerationConfig config(int seed) {
        return GenerationConfig.builder()
                .maxNewTokens(NEW_TOKENS)
                .temperature(1)
                .seed(seed)
                .ignoreEos(true)
                .build();
    }
}
