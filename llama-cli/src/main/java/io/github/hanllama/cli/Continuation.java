package io.github.hanllama.cli;

import io.github.hanllama.core.chat.ChatTemplate;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.SampleStream;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Continues prompts as they are or, with a template, answers them as questions. */
final class Continuation {
    private final Generator generator;
    private final TemplateOption templateOption;
    private final Optional<ChatTemplate> template;
    private final GenerationConfig config;

    Continuation(Generator generator, TemplateOption templateOption, GenerationConfig config) {
        this.generator = generator;
        this.templateOption = templateOption;
        template = templateOption.template();
        this.config = template.map(chosen -> withStops(config, chosen)).orElse(config);
    }

    private static GenerationConfig withStops(GenerationConfig config, ChatTemplate template) {
        List<String> stops = new ArrayList<>(config.stopSequences());
        stops.addAll(template.stopSequences());
        return config.toBuilder().stopSequences(stops).build();
    }

    SampleStream stream(int[] ids, int samples) {
        return generator.streamSamples(ids, samples, config);
    }

    SampleStream stream(String prompt, int samples) {
        Tokenizer tokenizer = tokenizer();
        return template.isPresent()
                ? stream(templateOption.prompt(template.get(), prompt, tokenizer), samples)
                : generator.streamSamples(prompt, samples, config);
    }

    /** The prompt as the model reads it, without control tokens. */
    String whole(String prompt) {
        Tokenizer tokenizer = tokenizer();
        return template.map(chosen -> tokenizer.decode(templateOption.prompt(chosen, prompt, tokenizer)))
                .orElse(prompt);
    }

    private Tokenizer tokenizer() {
        return generator
                .tokenizer()
                .orElseThrow(() -> new InputException(
                        "the model has no tokenizer; --tokenizer names one, or --ids gives the prompt as ids"));
    }
}
