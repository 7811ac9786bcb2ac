package io.github.hanllama.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.chat.ChatTemplates;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.generation.Chat;
import io.github.hanllama.core.generation.FinishReason;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import io.github.hanllama.core.generation.TokenLogprobs;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From real files to text. */
class LlamaTest {
    private static final Path STORIES = TestData.path("models/stories260k-hf");

    @ParameterizedTest
    @MethodSource("engines")
    void generate_stories_isTheRecordedText(String engine) throws IOException {
        JsonNode golden = json("models/stories260k-hf.golden.json").get("generation");
        try (Generator generator =
                Llama.from(STORIES).engine(EngineChoice.named(engine)).load()) {
            for (JsonNode expected : golden) {
                String prompt = expected.get("prompt").asText();
                int[] ids = ints(expected.get("greedy_new_ids"));

                GenerationResult result = generator.generate(prompt, greedy(ids.length));

                assertThat(result.promptIds()).isEqualTo(ints(expected.get("prompt_ids")));
                assertThat(result.ids()).isEqualTo(ids);
                assertThat(prompt + result.text())
                        .isEqualTo(expected.get("text").asText());
                assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void generate_syntheticWithoutTokenizer_isTheRecordedIds(String engine) throws IOException {
        JsonNode golden = json("synthetic/reference/base.json").get("cases");
        try (Generator generator = Llama.from(TestData.path("synthetic/base/hf_safetensors_f32"))
                .engine(EngineChoice.named(engine))
                .load()) {
            for (JsonNode expected : golden) {
                GenerationConfig config = greedy(32).toBuilder().ignoreEos(true).build();
                assertThat(generator.generate(ints(expected.get("ids")), config).ids())
                        .isEqualTo(ints(expected.get("greedy32")));
            }
        }
    }

    static Stream<String> engines() {
        return Engines.available().stream().map(engine -> engine.name());
    }

    @Test
    void load_default_writes() {
        try (Generator generator = Llama.load(STORIES)) {
            assertThat(generator.generate("Once upon a time", greedy(4)).text()).isEqualTo(", there was a");
        }
    }

    @Test
    void stream_equalsGenerate() {
        try (Generator generator = Llama.load(STORIES);
                TextStream stream = generator.stream("Lily", greedy(40))) {
            assertThat(String.join("", stream))
                    .isEqualTo(generator.generate("Lily", greedy(40)).text());
        }
    }

    @Test
    void generate_seeded_isReproducible() {
        GenerationConfig config =
                greedy(40).toBuilder().temperature(0.9).topP(0.9).seed(7).build();
        try (Generator generator = Llama.load(STORIES)) {
            String first = generator.generate("Lily", config).text();
            assertThat(generator.generate("Lily", config).text()).isEqualTo(first);
            assertThat(generator
                            .generate("Lily", config.toBuilder().seed(8).build())
                            .text())
                    .isNotEqualTo(first);
        }
    }

    @Test
    void generate_stopSequence_endsARealText() {
        GenerationConfig config =
                greedy(100).toBuilder().stopSequences("Lily", "park.").build();
        try (Generator generator = Llama.load(STORIES)) {
            GenerationResult result = generator.generate("Once upon a time", config);
            assertThat(result.text()).isEqualTo(", there was a little girl named ");
            assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void openCheckpoint_and_loadModel_areForExperts() {
        try (Checkpoint checkpoint = Llama.from(STORIES).openCheckpoint()) {
            assertThat(checkpoint.config().vocabSize()).isEqualTo(512);
        }
        try (LanguageModel model = Llama.from(STORIES).loadModel();
                Session session = model.newSession(8)) {
            assertThat(session.prefill(1)).hasSize(512);
        }
    }

    @Test
    void loadModel_cachesCanBeExchanged() throws IOException {
        ByteArrayOutputStream exported = new ByteArrayOutputStream();
        try (LanguageModel model = Llama.from(STORIES).loadModel();
                Session first = model.newSession(8);
                Session second = model.newSession(8)) {
            first.prefill(1, 403, 407);
            first.cache().exportTo(0, 3, Channels.newChannel(exported));
            second.cache().importFrom(Channels.newChannel(new ByteArrayInputStream(exported.toByteArray())));
            assertThat(second.decode(261)).isEqualTo(first.decode(261));
        }
    }

    @Test
    void tokenizer_ofAnotherFolder_isUsedInstead(@TempDir Path folder) throws IOException {
        for (String file : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(STORIES.resolve(file), folder.resolve(file));
        }
        try (Generator generator = Llama.from(folder).load()) {
            assertThat(generator.tokenizer()).isEmpty();
        }
        try (Generator generator = Llama.from(folder).tokenizer(STORIES).load()) {
            assertThat(generator.generate("Once upon a time", greedy(4)).text()).isEqualTo(", there was a");
        }
    }

    @Test
    void logprobs_areThoseOfTheRecordedLogits() throws IOException {
        JsonNode expected =
                json("models/stories260k-hf.golden.json").get("generation").get(0);
        double total = 0;
        for (JsonNode logit : expected.get("logits_last_f64")) {
            total += Math.exp(logit.asDouble());
        }
        try (Generator generator = Llama.load(STORIES)) {
            TokenLogprobs first = generator
                    .generate(
                            ints(expected.get("prompt_ids")),
                            greedy(1).toBuilder().logprobs(10).build())
                    .logprobs()
                    .getFirst();
            for (int i = 0; i < 10; i++) {
                JsonNode likely = expected.get("top10").get(i);
                TokenLogprobs.Alternative actual = first.alternatives().get(i);
                assertThat(actual.id()).isEqualTo(likely.get(0).asInt());
                assertThat(actual.logprob()).isEqualTo(likely.get(1).asDouble() - Math.log(total), within(1e-4));
            }
            assertThat(first.logprob())
                    .isEqualTo(first.alternatives().getFirst().logprob());
        }
    }

    @Test
    void chat_cachedTurns_replyAsIfReadAnew() {
        GenerationConfig config = greedy(12).toBuilder().ignoreEos(true).build();
        try (Generator generator = Llama.load(STORIES);
                Chat chat = Chat.builder(generator)
                        .template(ChatTemplates.ALPACA_2)
                        .config(config)
                        .build()) {
            for (String question : new String[] {"Once", "upon", "a time"}) {
                GenerationResult reply = chat.send(question);
                assertThat(reply.ids())
                        .isEqualTo(generator.generate(reply.promptIds(), config).ids());
                assertThat(reply.usage().cachedTokens() > 0).isEqualTo(!question.equals("Once"));
            }
        }
    }

    @Test
    void chat_template_isTheOneBesideTheTokenizer(@TempDir Path folder) throws IOException {
        for (String file : new String[] {"config.json", "model.safetensors", "tokenizer.model"}) {
            Files.copy(STORIES.resolve(file), folder.resolve(file));
        }
        try (Generator generator = Llama.load(folder)) {
            assertThatThrownBy(generator::chat)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a base model cannot chat");
        }
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ '[INST] <<SYS>>' }}");
        try (Generator generator = Llama.load(folder);
                Chat chat = generator.chat()) {
            assertThat(chat.template()).isSameAs(ChatTemplates.LLAMA_2);
            assertThat(chat.send("Once upon a time").usage().generatedTokens()).isPositive();
        }
        try (Generator other = Llama.from(STORIES).tokenizer(folder).load();
                Chat chat = other.chat()) {
            assertThat(chat.template()).isSameAs(ChatTemplates.LLAMA_2);
        }
    }

    @Test
    void load_nothingThere_saysWhere() {
        Path nowhere = Path.of("no", "such", "model");
        assertThatThrownBy(() -> Llama.load(nowhere))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining(nowhere.toString());
    }

    @Test
    void adapt_withoutTheLoraModule_saysWhatToAdd() {
        assertThatThrownBy(() -> Llama.from(STORIES)
                        .adapt(TestData.path("synthetic/lora_a"))
                        .openCheckpoint())
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("add the module llama-lora");
    }

    private static GenerationConfig greedy(int maxNewTokens) {
        return GenerationConfig.builder().maxNewTokens(maxNewTokens).build();
    }

    private static JsonNode json(String path) throws IOException {
        return new ObjectMapper().readTree(TestData.path(path).toFile());
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
