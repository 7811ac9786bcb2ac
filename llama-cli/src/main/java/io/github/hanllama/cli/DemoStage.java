package io.github.hanllama.cli;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.generation.Chat;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.demo.DemoModels;
import io.github.hanllama.lora.LoraAdapter;
import java.util.List;
import java.util.function.Consumer;

/** The demo family with none, one and both of its adapters. */
enum DemoStage {
    BASE("base", List.of()),
    CHINESE_LLAMA("+ LLaMA LoRA", List.of(DemoModels.chineseLlama())),
    CHINESE_ALPACA("+ Alpaca LoRA", List.of(DemoModels.chineseLlama(), DemoModels.chineseAlpaca()));

    private final String title;
    private final List<ModelSource> adapters;

    DemoStage(String title, List<ModelSource> adapters) {
        this.title = title;
        this.adapters = adapters;
    }

    String title() {
        return title;
    }

    List<ModelSource> adapters() {
        return adapters;
    }

    /** The base with the adapters of this stage. */
    LlamaBuilder builder() {
        LlamaBuilder builder = Llama.from(DemoModels.base());
        adapters.forEach(adapter -> builder.adapt(LoraAdapter.of(adapter)));
        return builder;
    }

    /** Asks the last stage, which was taught to answer, and lets the others continue the text. */
    GenerationResult write(Generator generator, String prompt, GenerationConfig config, Consumer<String> live) {
        if (this == CHINESE_ALPACA) {
            try (Chat chat = Chat.builder(generator).config(config).build()) {
                return read(chat.stream(prompt), live);
            }
        }
        return read(generator.stream(prompt, config), live);
    }

    private static GenerationResult read(TextStream opened, Consumer<String> live) {
        try (TextStream stream = opened) {
            stream.forEach(live);
            return stream.result();
        }
    }
}
