package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.core.fake.FakeModel;
import io.github.hanllama.core.fake.FakeTokenizer;
import io.github.hanllama.core.generation.TokenLogprobs.Alternative;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogprobsTest {
    private static final FakeTokenizer TOKENIZER = new FakeTokenizer("hello");
    private static final int VOCABULARY = TOKENIZER.vocabularySize();

    @Test
    void notAskedFor_areEmpty() {
        try (Generator generator = generator(FakeModel.babbling(VOCABULARY))) {
            assertThat(generator.generate("x", GenerationConfig.GREEDY).logprobs())
                    .isEmpty();
        }
    }

    @Test
    void areTheLogSoftmaxOfTheModelsLogits_whateverTheSamplerDoes() {
        float[] logits = new float[VOCABULARY];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[40] = (float) Math.log(0.5);
        logits[41] = (float) Math.log(0.3);
        logits[42] = (float) Math.log(0.2);
        GenerationConfig config = GenerationConfig.builder()
                .maxNewTokens(2)
                .logitBias(Map.of(40, Float.NEGATIVE_INFINITY, 42, 50f))
                .repetitionPenalty(1.5)
                .temperature(0.1)
                .topK(2)
                .logprobs(2)
                .build();
        try (Generator generator =
                generator(new FakeModel(FakeModel.config(VOCABULARY), (ids, count) -> logits.clone()))) {
            List<TokenLogprobs> logprobs = generator.generate("x", config).logprobs();
            assertThat(logprobs).hasSize(2);
            assertThat(logprobs.getFirst().id()).isEqualTo(42);
            assertThat(logprobs.getFirst().logprob()).isEqualTo(Math.log(0.2), within(1e-6));
            assertThat(logprobs.getFirst().alternatives())
                    .extracting(Alternative::id)
                    .containsExactly(40, 41);
            assertThat(logprobs.getFirst().alternatives().getFirst().logprob()).isEqualTo(Math.log(0.5), within(1e-6));
        }
    }

    @Test
    void alternatives_equalLogits_lowestFirst() {
        try (Generator generator = generator(FakeModel.saying(VOCABULARY, 9))) {
            TokenLogprobs first = generator
                    .generate("x", config(4).toBuilder().maxNewTokens(1).build())
                    .logprobs()
                    .getFirst();
            assertThat(first.alternatives()).extracting(Alternative::id).containsExactly(9, 0, 1, 2);
        }
    }

    @Test
    void alternatives_equalSortingEverything() {
        try (Generator generator = generator(FakeModel.babbling(VOCABULARY))) {
            List<Alternative> all = generator
                    .generate("x", config(VOCABULARY + 7))
                    .logprobs()
                    .getFirst()
                    .alternatives();
            List<Alternative> five =
                    generator.generate("x", config(5)).logprobs().getFirst().alternatives();
            assertThat(all).hasSize(VOCABULARY).isSortedAccordingTo((a, b) -> Double.compare(b.logprob(), a.logprob()));
            assertThat(five).isEqualTo(all.subList(0, 5));
            assertThat(all.stream()
                            .mapToDouble(each -> Math.exp(each.logprob()))
                            .sum())
                    .isEqualTo(1, within(1e-9));
            assertThat(generator.generate("x", config(0)).logprobs().getFirst().alternatives())
                    .isEmpty();
        }
    }

    @Test
    void stream_tellsThemAsTheyCome() {
        try (Generator generator = generator(FakeModel.babbling(VOCABULARY));
                TextStream stream = generator.stream("x", config(1))) {
            assertThat(stream.logprobs()).isEmpty();
            Iterator<String> pieces = stream.iterator();
            pieces.next();
            int soFar = stream.logprobs().size();
            assertThat(soFar).isBetween(1, 19);
            pieces.forEachRemaining(text -> {});
            assertThat(stream.logprobs())
                    .hasSize(20)
                    .isEqualTo(stream.result().logprobs())
                    .extracting(TokenLogprobs::id)
                    .containsExactlyElementsOf(
                            Arrays.stream(stream.result().ids()).boxed().toList());
        }
    }

    @Test
    void negative_isRefused() {
        assertThatThrownBy(() -> config(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logprobs must be >= 0, was -1");
    }

    private static GenerationConfig config(int alternatives) {
        return GenerationConfig.builder()
                .maxNewTokens(20)
                .ignoreEos(true)
                .logprobs(alternatives)
                .build();
    }

    private static Generator generator(FakeModel model) {
        return Generator.of(model, Optional.of(TOKENIZER), GeneratorOptions.of(64));
    }
}
