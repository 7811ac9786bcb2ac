package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.core.progress.Cancellation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SamplesTest {
    private static final FakeTokenizer TOKENIZER = new FakeTokenizer("hello");
    private final FakeModel model = FakeModel.babbling(TOKENIZER.vocabularySize());

    @Test
    void samples_areWhatTheirSeedsWriteAlone() {
        try (Generator generator = generator(8)) {
            List<GenerationResult> samples = generator.samples("hello", 4, seeded(10));
            assertThat(samples).hasSize(4);
            for (int i = 0; i < 4; i++) {
                GenerationResult alone = generator.generate("hello", seeded(10 + i));
                assertThat(samples.get(i).ids()).isEqualTo(alone.ids());
                assertThat(samples.get(i).text()).isEqualTo(alone.text());
                assertThat(samples.get(i).promptIds()).isEqualTo(alone.promptIds());
            }
        }
    }

    @Test
    void noSeed_samplesDiffer() {
        GenerationConfig config =
                GenerationConfig.builder().temperature(1).ignoreEos(true).build();
        try (Generator generator = generator(8)) {
            List<GenerationResult> samples = generator.samples("hello", 2, config);
            assertThat(samples.get(0).ids()).isNotEqualTo(samples.get(1).ids());
        }
    }

    @Test
    void prompt_isReadOnce_andTextsAreOneBatch() {
        AtomicInteger prompts = new AtomicInteger();
        model.beforeRow(row -> prompts.addAndGet(row.phase() == Phase.PROMPT ? 1 : 0));
        try (Generator generator = generator(8)) {
            generator.samples("hello", 3, seeded(1).toBuilder().maxNewTokens(4).build());
            assertThat(prompts).hasValue(1);
            assertThat(model.batchSizes()).containsExactly(1, 3, 3, 3);
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void textThatEndsEarly_leavesTheBatch() {
        int end = FakeTokenizer.EOS;
        FakeModel uneven = FakeModel.babbling(TOKENIZER.vocabularySize());
        GenerationConfig config = GenerationConfig.builder()
                .temperature(1)
                .seed(3)
                .maxNewTokens(12)
                .logitBias(Map.of(end, 4f))
                .build();
        try (Generator generator =
                Generator.of(uneven, Optional.of(TOKENIZER), new GeneratorOptions(64, List.of(), 8))) {
            List<GenerationResult> samples = generator.samples("hello", 6, config);
            assertThat(samples)
                    .extracting(GenerationResult::finishReason)
                    .contains(FinishReason.EOS, FinishReason.LENGTH);
            assertThat(uneven.batchSizes().getLast()).isLessThan(6);
            for (int i = 0; i < 6; i++) {
                assertThat(samples.get(i).ids())
                        .isEqualTo(generator
                                .generate(
                                        "hello", config.toBuilder().seed(3 + i).build())
                                .ids());
            }
        }
    }

    @Test
    void stream_piecesOfEachText_areItsText() {
        try (Generator generator = generator(8);
                SampleStream stream = generator.streamSamples("hello", 3, seeded(5))) {
            List<StringBuilder> texts = List.of(new StringBuilder(), new StringBuilder(), new StringBuilder());
            stream.forEach(piece -> texts.get(piece.sample()).append(piece.text()));
            assertThat(stream.results())
                    .extracting(GenerationResult::text)
                    .containsExactlyElementsOf(
                            texts.stream().map(StringBuilder::toString).toList());
        }
    }

    @Test
    void stream_closedEarly_freesEverything() {
        try (Generator generator = generator(3)) {
            SampleStream stream = generator.streamSamples("hello", 3, seeded(5));
            Iterator<Piece> pieces = stream.iterator();
            pieces.next();
            assertThat(model.openCaches()).isEqualTo(3);
            stream.close();
            assertThat(model.openCaches()).isZero();
            assertThat(stream.results()).hasSize(3).allSatisfy(result -> assertThat(result.finishReason())
                    .isEqualTo(FinishReason.CANCELLED));
            assertThat(generator.samples("hello", 3, seeded(5))).hasSize(3); // all places are free again
        }
    }

    @Test
    void cancelled_whileWriting_allEndWhereTheyAre() {
        Cancellation cancellation = new Cancellation();
        model.beforeRow(row -> {
            if (row.cache().length() == 9) {
                cancellation.cancel();
            }
        });
        try (Generator generator = generator(8)) {
            List<GenerationResult> samples = generator.samples(
                    "hello", 2, seeded(1).toBuilder().cancellation(cancellation).build());
            assertThat(samples).extracting(GenerationResult::finishReason).containsOnly(FinishReason.CANCELLED);
            assertThat(samples).allSatisfy(result -> assertThat(result.ids()).hasSize(4));
        }
    }

    @Test
    void oneTextFails_allEndAndNothingLeaks() {
        List<Integer> lengths = new ArrayList<>();
        model.beforeRow(row -> {
            lengths.add(row.cache().length());
            if (lengths.size() == 6) {
                throw new BackendException("device lost");
            }
        });
        try (Generator generator = generator(2)) {
            assertThatThrownBy(() -> generator.samples("hello", 2, seeded(1)))
                    .isInstanceOf(BackendException.class)
                    .hasMessage("device lost");
            assertThat(model.openCaches()).isZero();
            assertThat(generator.samples("hello", 2, seeded(1))).hasSize(2);
        }
    }

    /** Whoever needs several places gets them in turn, however many need only one. */
    @Test
    @Timeout(20)
    void singleTexts_doNotKeepSamplesWaiting() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (Generator generator = generator(2);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> singles = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                singles.add(threads.submit(() -> {
                    while (!done.get()) {
                        generator.generate("hello", seeded(1));
                    }
                }));
            }
            for (int again = 0; again < 3; again++) {
                assertThat(generator.samples("hello", 2, seeded(1))).hasSize(2);
            }
            done.set(true);
            for (Future<?> single : singles) {
                single.get();
            }
            assertThat(model.mostOpenCaches()).isEqualTo(2);
        }
    }

    @Test
    void moreThanMayBeWrittenAtOnce_isRefused() {
        try (Generator generator = generator(2)) {
            assertThatThrownBy(() -> generator.samples("hello", 3, seeded(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("samples must be between 1 and maxConcurrent, which is 2, was 3");
            assertThatThrownBy(() -> generator.samples("hello", 0, seeded(1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
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
