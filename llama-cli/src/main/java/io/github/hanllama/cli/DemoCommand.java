package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.demo.DemoModels;
import io.github.hanllama.lora.LoraAdapter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The main job on models that travel in the jar. */
@Command(
        name = "demo",
        description = {
            "Merges two Chinese adapters into a small English base, all three part of this program, and writes a poem.",
            "The family was trained as the Chinese LLaMAs were, a thousand times smaller: its verse keeps the form more"
                    + " often than the theme."
        })
final class DemoCommand implements Callable<Integer> {
    private static final String INDENT = " ".repeat(10);

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final DemoPrompt prompt = new DemoPrompt();

    @Option(names = "--compare", description = "Show what the base makes of it, then with one adapter, then with both.")
    private boolean compare;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "96",
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
        Cancellation cancellation = new Cancellation();
        GenerationConfig config = config(cancellation);
        try (Interruption _ = Interruption.cancels(cancellation::cancel)) {
            if (compare) {
                new DemoComparison(terminal, engine, jsonOption.wanted()).show(prompt.all(), config);
            } else {
                write(config);
            }
            terminal.flush();
        }
        return 0;
    }

    private GenerationConfig config(Cancellation cancellation) {
        try {
            return DemoModels.verse()
                    .maxNewTokens(maxNewTokens)
                    .seed(seed)
                    .cancellation(cancellation)
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void write(GenerationConfig config) {
        DemoStage stage = DemoStage.CHINESE_ALPACA;
        int vocabulary = describeBase();
        for (ModelSource adapter : stage.adapters()) {
            vocabulary = describe(adapter, vocabulary);
        }
        LlamaBuilder builder = engine.apply(stage.builder());
        long start = System.nanoTime();
        try (Generator generator = builder.load()) {
            Duration loading = Duration.ofNanos(System.nanoTime() - start);
            say("merged", "in memory while loading, " + loading.toMillis() + " ms");
            say("engine", generator.model().describe());
            say("prompt", prompt.text());
            GenerationResult result = stream(stage, generator, config);
            if (jsonOption.wanted()) {
                answer(result, generator, loading);
            }
        }
    }

    private int describeBase() {
        try (Checkpoint base = DemoStage.BASE.builder().openCheckpoint()) {
            LlamaConfig config = base.config();
            say(
                    "base",
                    "%s: English, %d layers of width %d, vocabulary %d, %s"
                            .formatted(
                                    name(DemoModels.base()),
                                    config.numHiddenLayers(),
                                    config.hiddenSize(),
                                    config.vocabSize(),
                                    Inspection.size(base.tensors())));
            return config.vocabSize();
        }
    }

    /** Returns the vocabulary with the adapter. */
    private int describe(ModelSource adapter, int vocabulary) {
        AdapterInfo info = LoraAdapter.of(adapter).inspect(adapter.headers());
        int grown = info.vocabularySize().orElse(vocabulary);
        say(
                "adapter",
                "%s: %s of rank %s on %d matrices, new embeddings and head: vocabulary %d -> %d"
                        .formatted(
                                name(adapter),
                                info.kind(),
                                info.facts().get("rank"),
                                info.needs().size(),
                                vocabulary,
                                grown));
        return grown;
    }

    /** {@code tiny-llama} of {@code classpath:META-INF/hanllama/tiny-llama}. */
    private static String name(ModelSource source) {
        return source.describe().substring(source.describe().lastIndexOf('/') + 1);
    }

    private GenerationResult stream(DemoStage stage, Generator generator, GenerationConfig config) {
        if (jsonOption.wanted()) {
            return stage.write(generator, prompt.text(), config, text -> {});
        }
        terminal.print("%-9s ".formatted("text"));
        GenerationResult result = stage.write(generator, prompt.text(), config, text -> {
            terminal.print(text.replace("\n", "\n" + INDENT));
            terminal.flush();
        });
        terminal.print("\n");
        say("speed", Speed.describe(result));
        return result;
    }

    private void say(String what, String value) {
        if (!jsonOption.wanted()) {
            terminal.println("%-9s %s".formatted(what, value));
            terminal.flush();
        }
    }

    private void answer(GenerationResult result, Generator generator, Duration loading) {
        new JsonLines(terminal).answer(json -> {
            json.writeStringField("base", name(DemoModels.base()));
            json.writeArrayFieldStart("adapters");
            for (ModelSource adapter : DemoStage.CHINESE_ALPACA.adapters()) {
                json.writeString(name(adapter));
            }
            json.writeEndArray();
            json.writeNumberField("vocabulary_size", generator.model().config().vocabSize());
            json.writeNumberField("merge_and_load_ms", loading.toMillis());
            json.writeStringField("prompt", prompt.text());
            GenerateCommand.write(json, result);
        });
    }
}
