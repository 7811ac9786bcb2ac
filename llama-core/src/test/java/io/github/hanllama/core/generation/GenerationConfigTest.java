package io.github.hanllama.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.fake.FakeAdapter;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.sampling.Samplers;
import io.github.hanllama.core.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GenerationConfigTest {
    @Test
    void builder_setsEverything() {
        GenerationConfig config = GenerationConfig.builder()
                .temperature(0.2)
                .topK(40)
                .topP(0.9)
                .minP(0.05)
                .typicalP(0.8)
                .logitBias(Map.of(3, -1f))
                .repetitionPenalty(1.1)
                .frequencyPenalty(0.3)
                .presencePenalty(0.4)
                .seed(7)
                .build();
        assertThat(config.sampling())
                .isEqualTo(new SamplingOptions(
                        Map.of(3, -1f), 1.1, 0.3, 0.4, 0.2, 40, 0.9, 0.05, 0.8, OptionalLong.of(7)));
    }

    @Test
    void toBuilder_keepsEverything() {
        GenerationConfig config = GenerationConfig.builder()
                .maxNewTokens(5)
                .temperature(0.5)
                .sampler(() -> Samplers.create(SamplingOptions.GREEDY))
                .constraint(() -> {
                    throw new AssertionError();
                })
                .stopSequences("a", "b")
                .eosTokenIds(List.of(3))
                .ignoreEos(true)
                .deadline(Duration.ofSeconds(1))
                .adapters(List.of(new AdapterUse(new FakeAdapter(Optional.empty(), 300, false), 0.5f)))
                .logprobs(3)
                .cancellation(new Cancellation())
                .build();
        assertThat(config.toBuilder().build()).isEqualTo(config);
    }

    @Test
    void greedy_isWhatTheBuilderStartsFrom() {
        assertThat(GenerationConfig.GREEDY).isEqualTo(GenerationConfig.builder().build());
        assertThat(GenerationConfig.GREEDY.sampling()).isEqualTo(SamplingOptions.GREEDY);
    }

    @Test
    void outOfRange_isNamed() {
        assertRefused(() -> GenerationConfig.builder().maxNewTokens(0).build(), "maxNewTokens must be >= 1, was 0");
        assertRefused(() -> GenerationConfig.builder().temperature(-1).build(), "temperature must be >= 0, was -1.0");
        assertRefused(
                () -> GenerationConfig.builder().stopSequences("").build(),
                "stopSequences must not contain the empty string");
        assertRefused(
                () -> GenerationConfig.builder()
                        .deadline(Duration.ofSeconds(-1))
                        .build(),
                "deadline must not be negative, was PT-1S");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
