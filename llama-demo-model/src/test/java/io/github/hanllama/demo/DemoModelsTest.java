package io.github.hanllama.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.EngineChoice;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The family merged and run here computes what transformers and PEFT compute with it. */
@ParameterizedClass
@EnumSource
class DemoModelsTest {
    private static final int BOS = 1;
    private static final int WINDOW = 512;
    private static final int PROMPTS = 20;
    private static final int EVERY = 4; // texts: enough to notice, and quick

    private static Generator generator;

    @Parameter
    Stage stage;

    @BeforeParameterizedClassInvocation
    static void load(Stage stage) {
        generator = stage.builder().engine(EngineChoice.named("java")).load();
    }

    @AfterParameterizedClassInvocation
    static void close() {
        generator.close();
    }

    @Test
    void logits_arePefts() {
        JsonNode cases = Golden.of(stage, "logits");

        assertThat(cases).isNotEmpty().allSatisfy(expected -> Scores.compareLogits(generator.model(), expected));
    }

    @Test
    void logits_ofTheReferenceEngineToo() {
        try (LanguageModel model =
                stage.builder().engine(EngineChoice.named("reference")).loadModel()) {
            Scores.compareLogits(model, Golden.of(stage, "logits").get(0));
        }
    }

    /** Some at a time, as they cost less so and come out the same. */
    @Test
    void greedyText_isPefts() throws Exception {
        JsonNode cases = Golden.of(stage, "greedy");

        assertThat(cases).hasSize(PROMPTS);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> texts = new ArrayList<>();
            cases.forEach(expected -> texts.add(threads.submit(() -> compareText(expected))));
            for (Future<?> text : texts) {
                text.get();
            }
        }
    }

    private void compareText(JsonNode expected) {
        int[] ids = Golden.ints(expected.get("ids"));
        GenerationConfig config = GenerationConfig.GREEDY.toBuilder()
                .maxNewTokens(Math.max(1, ids.length))
                .build();
        GenerationResult result = generator.generate(expected.get("prompt").asText(), config);

        assertThat(result.ids()).containsExactly(ids);
        assertThat(result.text()).isEqualTo(expected.get("text").asText());
    }

    @Test
    void perplexities_arePefts() {
        Golden.TEXTS.fieldNames().forEachRemaining(this::comparePerplexity);
    }

    private void comparePerplexity(String language) {
        Tokenizer tokenizer = generator.tokenizer().orElseThrow();
        double expected = 0;
        double found = 0;
        int tokens = 0;
        for (int i = 0; i < Golden.TEXTS.get(language).size(); i += EVERY) {
            int[] ids =
                    window(tokenizer.encode(Golden.TEXTS.get(language).get(i).asText()));
            expected += Golden.of(stage, "nll").get(language).get(i).doubleValue();
            found += Scores.nll(generator.model(), ids);
            tokens += ids.length - 1;
        }
        double perplexity = Math.exp(expected / tokens);
        assertThat(Math.exp(found / tokens)).isCloseTo(perplexity, within(5e-4 * perplexity));
    }

    private static int[] window(int[] ids) {
        return IntStream.concat(IntStream.of(BOS), IntStream.of(ids))
                .limit(WINDOW)
                .toArray();
    }
}
