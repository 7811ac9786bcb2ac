package io.github.hanllama.cli;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.adapter.Adapter;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.lora.LoraAdapter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The main job on models that travel in the jar. */
@Command(
        name = "demo",
        description = {
            "Merges a small adapter into a small base, both part of this program, and writes a text.",
            "Their weights are random, so the text is noise; everything else is as with real ones: a vocabulary that"
                    + " grows from 512 to 640 tokens, new embeddings, low-rank pairs added in memory."
        })
final class DemoCommand implements Callable<Integer> {
    private static final ModelSource BASE = ModelSources.classPath(
            DemoCommand.class, "demo/base", "config.json", "model.safetensors", "tokenizer.model");
    private static final ModelSource ADAPTER = ModelSources.classPath(
            DemoCommand.class, "demo/adapter", "adapter_config.json", "adapter_model.safetensors", "tokenizer.model");
    private static final String NOISE = "The weights are random, so the text is noise. With real ones:\n"
            + "  ./llama generate --model BASE --lora ADAPTER \"白日依山尽，\"";

    private final Terminal terminal;

    @Parameters(
            arity = "0..1",
            paramLabel = "PROMPT",
            defaultValue = "白日依山尽，",
            description = "What to continue (default: ${DEFAULT-VALUE}).")
    private String prompt = "";

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "The most tokens to write (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Another seed, another text (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private final ModelOptions.EngineOptions engine = new ModelOptions.EngineOptions();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        GenerationConfig config = GenerationConfig.builder()
                .maxNewTokens(maxNewTokens)
                .temperature(0.7)
                .seed(seed)
                .ignoreEos(true)
                .build();
        Adapter adapter = LoraAdapter.of(ADAPTER);
        int baseVocabulary = describeBase();
        describeAdapter(adapter.inspect(ADAPTER.headers()), baseVocabulary);
        LlamaBuilder builder = engine.apply(Llama.from(BASE).adapt(adapter));
        long start = System.nanoTime();
        try (Generator generator = builder.load()) {
            Duration loading = Duration.ofNanos(System.nanoTime() - start);
            say("merged", "in memory while loading, " + loading.toMillis() + " ms");
            say("engine", generator.model().describe());
            say("prompt", prompt);
            GenerationResult result = write(generator, config);
            if (jsonOption.wanted()) {
                answer(result, baseVocabulary, generator.model().config().vocabSize(), loading);
            }
        }
        return 0;
    }

    private int describeBase() {
        try (Checkpoint base = Llama.from(BASE).openCheckpoint()) {
            LlamaConfig config = base.config();
            say(
                    "base",
                    "%s: %d layers of width %d, vocabulary %d, %s"
                            .formatted(
                                    base.origin(),
                                    config.numHiddenLayers(),
                                    config.hiddenSize(),
                                    config.vocabSize(),
                                    Inspection.size(base.tensors())));
            return config.vocabSize();
        }
    }

    private void describeAdapter(AdapterInfo info, int baseVocabulary) {
        say(
                "adapter",
                "%s: %s of rank %s on %d matrices, new embeddings and head: vocabulary %d -> %d"
                        .formatted(
                                ADAPTER.describe(),
                                info.kind(),
                                info.facts().get("rank"),
                                info.needs().size(),
                                baseVocabulary,
                                info.vocabularySize().orElse(baseVocabulary)));
    }

    private GenerationResult write(Generator generator, GenerationConfig config) {
        try (TextStream stream = generator.stream(prompt, config)) {
            if (!jsonOption.wanted()) {
                terminal.print("%-9s ".formatted("text"));
            }
            for (String text : stream) {
                if (!jsonOption.wanted()) {
                    terminal.print(Failures.printable(text)); // noise may hold control characters
                    terminal.flush();
                }
            }
            GenerationResult result = stream.result();
            if (!jsonOption.wanted()) {
                terminal.print("\n");
                say("speed", Speed.describe(result));
                terminal.println(NOISE);
            }
            return result;
        }
    }

    private void say(String what, String value) {
        if (!jsonOption.wanted()) {
            terminal.println("%-9s %s".formatted(what, value));
            terminal.flush();
        }
    }

    private void answer(GenerationResult result, int baseVocabulary, int vocabulary, Duration loading) {
        new JsonLines(terminal).answer(json -> {
            json.writeStringField("base", BASE.describe());
            json.writeStringField("adapter", ADAPTER.describe());
            json.writeBooleanField("random_weights", true);
            json.writeNumberField("base_vocabulary_size", baseVocabulary);
            json.writeNumberField("vocabulary_size", vocabulary);
            json.writeNumberField("merge_and_load_ms", loading.toMillis());
            GenerateCommand.write(json, result);
        });
    }
}
