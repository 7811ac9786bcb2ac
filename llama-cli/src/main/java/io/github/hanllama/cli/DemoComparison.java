package io.github.hanllama.cli;

import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The same prompts at every stage of the demo family, side by side. */
final class DemoComparison {
    private static final int WIDTH = 28;

    private final Terminal terminal;
    private final ModelOptions.EngineOptions engine;
    private final boolean asJson;

    DemoComparison(Terminal terminal, ModelOptions.EngineOptions engine, boolean asJson) {
        this.terminal = terminal;
        this.engine = engine;
        this.asJson = asJson;
    }

    void show(List<String> prompts, GenerationConfig config) {
        List<List<GenerationResult>> byStage = new ArrayList<>();
        for (DemoStage stage : DemoStage.values()) {
            try (Generator generator = engine.apply(stage.builder()).load()) {
                byStage.add(prompts.stream()
                        .map(prompt -> stage.write(generator, prompt, config, text -> {}))
                        .toList());
            }
        }
        for (int i = 0; i < prompts.size(); i++) {
            int index = i;
            show(
                    prompts.get(i),
                    byStage.stream().map(results -> results.get(index)).toList());
        }
    }

    private void show(String prompt, List<GenerationResult> results) {
        if (asJson) {
            for (DemoStage stage : DemoStage.values()) {
                answer(stage, prompt, results.get(stage.ordinal()));
            }
            return;
        }
        terminal.println("prompt: " + Failures.printable(prompt.replace("\n", "⏎")) + "\n");
        List<String> cells = new ArrayList<>();
        for (DemoStage stage : DemoStage.values()) {
            cells.add(stage.title() + "\n" + "─".repeat(WIDTH) + "\n"
                    + results.get(stage.ordinal()).text().strip());
        }
        Columns.of(WIDTH, cells).forEach(terminal::println);
        terminal.println("");
    }

    private void answer(DemoStage stage, String prompt, GenerationResult result) {
        new JsonLines(terminal).answer(json -> {
            json.writeStringField("stage", stage.name().toLowerCase(Locale.ROOT));
            json.writeStringField("prompt", prompt);
            GenerateCommand.write(json, result);
        });
    }
}
