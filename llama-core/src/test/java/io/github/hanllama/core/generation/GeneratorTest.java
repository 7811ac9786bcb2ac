package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.fake.FakeAdapter;
import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.sampling.Sampler;
import io.github.hanllama.core.sampling.TokenConstraint;
import io.github.hanllama.tokenizer.EncodeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {
    private static final int VOCABULARY = 300;
    private static final FakeTokenizer TOKENIZER = new FakeTokenizer("hello", " world", "STOP", "ST", "OP!");

    @Test
    void eos_endsTheText_andIsNotPartOfIt() {
        FakeModel model = saying("hello", " world", FakeTokenizer.EOS);
        try (Generator generator = generator(model)) {
            GenerationResult result = generator.generate("x", GenerationConfig.GREEDY);
            assertThat(result.finishReason()).isEqualTo(FinishReason.EOS);
            assertThat(result.text()).isEqualTo("hello world");
            assertThat(result.ids()).containsExactly(TOKENIZER.word("hello"), TOKENIZER.word(" world"));
            assertThat(result.usage().promptTokens()).isEqualTo(2);
            assertThat(result.usage().generatedTokens()).isEqualTo(2);
            assertThat(result.usage().cachedTokens()).isZero();
            assertThat(result.usage().prefill()).isPositive();
            assertThat(result.usage().timeToFirstToken())
                    .isGreaterThanOrEqualTo(result.usage().prefill());
            assertThat(result.usage().tokensPerSecond()).isPositive();
            assertThat(result.usage().promptTokensPerSecond()).isPositive();
            assertThat(result.usage().decode()).isPositive();
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void eos_ignored_isAnIdLikeAnyOther() {
        try (Generator generator = generator(saying("hello", FakeTokenizer.EOS, " world", FakeTokenizer.EOS))) {
            GenerationResult result = generator.generate(
                    "x",
                    GenerationConfig.builder().ignoreEos(true).maxNewTokens(3).build());
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(result.ids()).hasSize(3).contains(FakeTokenizer.EOS);
            assertThat(result.text()).isEqualTo("hello world");
        }
    }

    @Test
    void eosTokenIds_given_replaceTheModels() {
        GenerationConfig config = GenerationConfig.builder()
                .eosTokenIds(List.of(TOKENIZER.word("STOP")))
                .build();
        try (Generator generator = generator(saying("hello", FakeTokenizer.EOS, "STOP"))) {
            GenerationResult result = generator.generate("x", config);
            assertThat(result.finishReason()).isEqualTo(FinishReason.EOS);
            assertThat(result.ids()).hasSize(2);
        }
    }

    @Test
    void length_asManyAsAskedFor() {
        try (Generator generator = generator(saying("hello", "hello", "hello"))) {
            GenerationResult result = generator.generate("x", length(2));
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(result.text()).isEqualTo("hellohello");
        }
    }

    @Test
    void length_contextFull() {
        FakeModel model = FakeModel.babbling(VOCABULARY);
        try (Generator generator = Generator.of(model, Optional.empty(), GeneratorOptions.of(8))) {
            GenerationResult result = generator.generate(new int[] {5, 6, 7}, length(100));
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(result.ids()).hasSize(5);
            assertThat(generator.generate(new int[8], length(100)).ids()).isEmpty();
        }
    }

    @Test
    void stop_acrossIds_isCutAndEndsTheText() {
        try (Generator generator = generator(saying("hello", "ST", "OP!", "hello"));
                TextStream stream = generator.stream("x", stopping("STOP"))) {
            assertThat(stream).containsExactly("hello");
            assertThat(stream.result().finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(stream.result().text()).isEqualTo("hello");
            assertThat(stream.result().ids()).hasSize(3);
        }
    }

    @Test
    void stop_onlyBegun_isTextAfterAll() {
        try (Generator generator = generator(saying("hello", "ST", FakeTokenizer.EOS));
                TextStream stream = generator.stream("x", stopping("STOP"))) {
            assertThat(stream).containsExactly("hello", "ST");
            assertThat(stream.result().finishReason()).isEqualTo(FinishReason.EOS);
        }
    }

    @Test
    void stream_halfCharacters_areHeldBack() {
        int[] bytes = TOKENIZER.encode("山😀", EncodeOptions.PLAIN);
        int[] ids = Arrays.copyOf(bytes, bytes.length + 1);
        ids[bytes.length] = FakeTokenizer.EOS;
        try (Generator generator = generator(FakeModel.saying(VOCABULARY, ids));
                TextStream stream = generator.stream("x", GenerationConfig.GREEDY)) {
            assertThat(stream).containsExactly("山", "😀");
        }
    }

    @Test
    void stream_endsWithinACharacter_isWhatDecodingGives() {
        int[] bytes = TOKENIZER.encode("山", EncodeOptions.PLAIN);
        try (Generator generator = generator(FakeModel.saying(VOCABULARY, bytes))) {
            assertThat(generator.generate("x", length(2)).text()).isEqualTo("\uFFFD");
        }
    }

    /** The stop sequence's character arrives byte by byte, its first bytes with those of another character. */
    @Test
    void stop_splitOverBytes_isNeverShown() {
        int[] bytes = TOKENIZER.encode("山尼尽。", EncodeOptions.PLAIN);
        try (Generator generator = generator(FakeModel.saying(VOCABULARY, bytes));
                TextStream stream = generator.stream("x", stopping("尽。"))) {
            assertThat(stream).containsExactly("山", "尼");
            assertThat(stream.result().finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(stream.result().ids()).hasSize(bytes.length);
        }
    }

    @Test
    void text_continuesThePromptsText() {
        int[] bytes = TOKENIZER.encode("山", EncodeOptions.PLAIN);
        int[] prompt = Arrays.copyOf(bytes, 2);
        try (Generator generator = generator(FakeModel.saying(VOCABULARY, bytes[2]))) {
            assertThat(generator.generate(prompt, length(1)).text()).isEqualTo("山");
        }
    }

    @Test
    void prompt_idsBeyondTheTokenizer_haveNoText() {
        try (Generator generator = generator(saying("hello"))) {
            assertThat(generator.generate(new int[] {VOCABULARY - 1}, length(1)).text())
                    .isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void stream_equalsGenerate(long seed) {
        GenerationConfig config = GenerationConfig.builder()
                .temperature(1.2)
                .topP(0.95)
                .repetitionPenalty(1.1)
                .seed(seed)
                .maxNewTokens(80)
                .stopSequences("ab", "STOP", "\n")
                .build();
        try (Generator generator = generator(FakeModel.babbling(VOCABULARY));
                TextStream stream = generator.stream("hello", config)) {
            String streamed = String.join("", stream);
            GenerationResult whole = generator.generate("hello", config);
            assertThat(streamed)
                    .isEqualTo(whole.text())
                    .isEqualTo(stream.result().text());
            assertThat(whole.ids()).isEqualTo(stream.result().ids());
            if (whole.finishReason() != FinishReason.STOP) {
                assertThat(streamed).isEqualTo(TOKENIZER.decode(whole.ids()));
            }
        }
    }

    @Test
    void seed_same_writesTheSame() {
        try (Generator generator = generator(FakeModel.babbling(VOCABULARY))) {
            assertThat(seeded(generator, 1)).isEqualTo(seeded(generator, 1)).isNotEqualTo(seeded(generator, 2));
        }
    }

    @Test
    void prompt_text_getsBosOnlyAndNoSpecialTokens() {
        try (Generator generator = generator(saying(FakeTokenizer.EOS))) {
            assertThat(generator.generate("<s>", GenerationConfig.GREEDY).promptIds())
                    .isEqualTo(TOKENIZER.encode("<s>", EncodeOptions.PLAIN.addBos(true)));
        }
    }

    @Test
    void idsWithoutTokenizer_work() {
        FakeModel model = FakeModel.saying(VOCABULARY, 290, 291);
        try (Generator generator = Generator.of(model, Optional.empty(), GeneratorOptions.of(64))) {
            GenerationResult result = generator.generate(new int[] {7}, length(2));
            assertThat(result.ids()).containsExactly(290, 291);
            assertThat(result.text()).isEmpty();
            assertThatThrownBy(() -> generator.generate("x", GenerationConfig.GREEDY))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no tokenizer");
            assertThatThrownBy(() -> generator.generate(new int[] {7}, stopping("a")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("stopSequences need a tokenizer");
        }
    }

    @Test
    void idsBeyondTheTokenizer_areNeverChosen() {
        FakeModel model = new FakeModel(FakeModel.config(VOCABULARY), (ids, generated) -> {
            float[] logits = new float[VOCABULARY];
            logits[VOCABULARY - 1] = 100;
            logits[TOKENIZER.vocabularySize()] = 50;
            logits[TOKENIZER.word("OP!")] = 1; // the last id it knows
            return logits;
        });
        try (Generator generator = generator(model)) {
            assertThat(generator.generate("x", length(1)).ids()).containsExactly(TOKENIZER.word("OP!"));
        }
    }

    @Test
    void constraint_masksBeforeTheSampler_andSeesWhatIsTaken() {
        List<Integer> taken = new ArrayList<>();
        TokenConstraint onlyWorld = new TokenConstraint() {
            @Override
            public void mask(float[] logits) {
                IntStream.range(0, logits.length)
                        .filter(id -> id != TOKENIZER.word(" world"))
                        .forEach(id -> logits[id] = Float.NEGATIVE_INFINITY);
            }

            @Override
            public void accept(int id) {
                taken.add(id);
            }

            @Override
            public long mark() {
                return 0;
            }

            @Override
            public void rollback(long mark) {}
        };
        GenerationConfig config = GenerationConfig.builder()
                .constraint(() -> onlyWorld)
                .maxNewTokens(2)
                .build();
        try (Generator generator = generator(saying("hello", "hello"))) {
            assertThat(generator.generate("x", config).text()).isEqualTo(" world world");
            assertThat(taken).containsExactly(TOKENIZER.word(" world"), TOKENIZER.word(" world"));
        }
    }

    @Test
    void sampler_ofTheCaller_seesPromptAndText() {
        List<Integer> seen = new ArrayList<>();
        Sampler always9 = new Sampler() {
            @Override
            public int apply(float[] logits) {
                return 9;
            }

            @Override
            public void accept(int id) {
                seen.add(id);
            }

            @Override
            public long mark() {
                return 0;
            }

            @Override
            public void rollback(long mark) {}
        };
        GenerationConfig config = GenerationConfig.builder()
                .sampler(() -> always9)
                .maxNewTokens(2)
                .build();
        try (Generator generator = generator(FakeModel.babbling(VOCABULARY))) {
            generator.generate(new int[] {4, 5}, config);
            assertThat(seen).containsExactly(4, 5, 9, 9);
        }
    }

    @Test
    void cancelled_beforehand_writesNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        FakeModel model = saying("hello");
        try (Generator generator = generator(model)) {
            GenerationResult result = generator.generate(
                    "x", GenerationConfig.builder().cancellation(cancellation).build());
            assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(result.text()).isEmpty();
            assertThat(model.mostOpenCaches()).isZero();
        }
    }

    @Test
    void cancelled_whileWriting_returnsWhatThereIs() {
        Cancellation cancellation = new Cancellation();
        FakeModel model = saying("hello", " world", "hello");
        model.beforeRow(row -> {
            if (row.cache().length() == 3) { // the prompt and "hello"
                cancellation.cancel();
            }
        });
        try (Generator generator = generator(model)) {
            GenerationResult result = generator.generate(
                    "x", GenerationConfig.builder().cancellation(cancellation).build());
            assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(result.text()).isEqualTo("hello world");
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void deadline_inTheMiddleOfAStep_returnsWhatThereIs() {
        FakeModel model = saying("hello", "hello");
        model.beforeRow(row -> {
            while (row.cache().length() > 0 && !row.cancellation().isCancelled()) {
                Thread.onSpinWait();
            }
        });
        GenerationConfig config =
                GenerationConfig.builder().deadline(Duration.ofMillis(100)).build();
        try (Generator generator = generator(model)) {
            GenerationResult result = generator.generate("x", config);
            assertThat(result.finishReason()).isEqualTo(FinishReason.DEADLINE);
            assertThat(result.text()).isEqualTo("hello");
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void deadline_zero_writesNothing() {
        try (Generator generator = generator(saying("hello"))) {
            GenerationConfig config =
                    GenerationConfig.builder().deadline(Duration.ZERO).build();
            assertThat(generator.generate("x", config).finishReason()).isEqualTo(FinishReason.DEADLINE);
        }
    }

    @Test
    void modelFails_causeComesThroughAndNothingLeaks() {
        FakeModel model = saying("hello", "hello");
        model.beforeRow(row -> {
            if (row.cache().length() > 0) {
                throw new BackendException("device lost");
            }
        });
        try (Generator generator = generator(model);
                TextStream stream = generator.stream("x", GenerationConfig.GREEDY)) {
            List<String> pieces = new ArrayList<>();
            assertThatThrownBy(() -> stream.forEach(pieces::add))
                    .isInstanceOf(BackendException.class)
                    .hasMessage("device lost");
            assertThat(pieces).containsExactly("hello");
            assertThat(model.openCaches()).isZero();
            assertThatThrownBy(stream::result)
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("device lost");
        }
    }

    @Test
    void logitsBroken_isRefusedAndNothingLeaks() {
        FakeModel model = new FakeModel(FakeModel.config(VOCABULARY), (ids, generated) -> {
            float[] logits = new float[VOCABULARY];
            logits[17] = Float.NaN;
            return logits;
        });
        Generator generator = Generator.of(model, Optional.of(TOKENIZER), new GeneratorOptions(64, List.of(), 1));
        try (generator) {
            for (int again = 0; again < 3; again++) { // a place that leaked would block the next
                assertThatThrownBy(() -> generator.generate("x", GenerationConfig.GREEDY))
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining("id 17 is NaN");
            }
            assertThat(model.openCaches()).isZero();
        }
    }

    @Test
    void prompt_emptyOrTooLong_isRefused() {
        try (Generator generator = generator(saying("hello"))) {
            assertThatThrownBy(() -> generator.generate(new int[0], GenerationConfig.GREEDY))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the prompt is empty");
            assertThatThrownBy(() -> generator.generate(new int[65], GenerationConfig.GREEDY))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the prompt has 65 ids, more than the 64 of maxSequenceLength");
        }
    }

    @Test
    void result_arraysAreCopies() {
        try (Generator generator = generator(saying("hello"))) {
            GenerationResult result = generator.generate("x", length(1));
            result.ids()[0] = -1;
            result.promptIds()[0] = -1;
            assertThat(result.ids()).doesNotContain(-1);
            assertThat(result.promptIds()).doesNotContain(-1);
        }
    }

    private static List<Integer> seeded(Generator generator, long seed) {
        GenerationConfig config = GenerationConfig.builder()
                .temperature(1)
                .seed(seed)
                .maxNewTokens(30)
                .build();
        return Arrays.stream(generator.generate("x", config).ids()).boxed().toList();
    }

    private static GenerationConfig length(int value) {
        return GenerationConfig.builder().maxNewTokens(value).build();
    }

    private static GenerationConfig stopping(String... stops) {
        return GenerationConfig.builder().stopSequences(stops).build();
    }

    private static Generator generator(FakeModel model) {
        return Generator.of(model, Optional.of(TOKENIZER), GeneratorOptions.of(64));
    }

    /** Words, or ids. */
    private static FakeModel saying(Object... what) {
        int[] ids = Arrays.stream(what)
                .mapToInt(each -> each instanceof String word ? TOKENIZER.word(word) : (Integer) each)
                .toArray();
        return FakeModel.saying(VOCABULARY, ids);
    }

    /** Ids, EOS and text are those of the adapter that brings the embeddings; every row carries the adapters. */
    @Test
    void adapters_bringTheirTokenizer() {
        FakeTokenizer own = new FakeTokenizer("poem");
        AttachedAdapter plain = new FakeAdapter(Optional.of(new FakeTokenizer("wrong")), VOCABULARY, false);
        AttachedAdapter poet = new FakeAdapter(Optional.of(own), VOCABULARY, true);
        List<List<AdapterUse>> seen = new ArrayList<>();
        FakeModel model = FakeModel.saying(VOCABULARY, own.word("poem"), own.word("poem"), FakeTokenizer.EOS)
                .beforeRow(row -> seen.add(row.adapters()));
        try (Generator generator = Generator.of(model, Optional.empty(), GeneratorOptions.of(64))) {
            GenerationConfig config =
                    GenerationConfig.builder().adapters(plain, poet).build();
            GenerationResult result = generator.generate("x", config);
            assertThat(result.text()).isEqualTo("poempoem");
            assertThat(result.finishReason()).isEqualTo(FinishReason.EOS);
            assertThat(seen).hasSize(3).containsOnly(config.adapters());
            assertThatThrownBy(() -> generator.generate("x", GenerationConfig.GREEDY))
                    .hasMessageContaining("no tokenizer");
        }
    }
}
