package io.github.hanllama.cli;

import io.github.hanllama.core.chat.ChatTemplate;
import io.github.hanllama.core.chat.ChatTemplates;
import io.github.hanllama.core.chat.Message;
import io.github.hanllama.core.generation.Chat;
import io.github.hanllama.core.generation.ChatBuilder;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a conversation is written down. */
final class TemplateOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--template",
            paramLabel = "NAME",
            description =
                    "How the model was trained to read questions: alpaca, alpaca-cpp, llama-2, alpaca-2 or llama-3.")
    private Optional<String> template = Optional.empty();

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "What the system says first; by default what the template has, if anything.")
    private Optional<String> system = Optional.empty();

    /** The template that was named; an unknown one is wrong usage. */
    Optional<ChatTemplate> template() {
        if (system.isPresent() && template.isEmpty() && !command.name().equals("chat")) {
            throw new ParameterException(command.commandLine(), "--system needs --template");
        }
        try {
            return template.map(ChatTemplates::named);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** A chat with the template that was named, or that the model names. */
    Chat chat(Generator generator, GenerationConfig config) {
        ChatTemplate chosen = template()
                .or(generator::chatTemplate)
                .orElseThrow(() ->
                        new InputException("the model names no chat template that is known here; --template names one ("
                                + ChatTemplates.names() + "), or generate continues a text, as base models do"));
        ChatBuilder builder = Chat.builder(generator).template(chosen).config(config);
        system.ifPresent(builder::system);
        return builder.build();
    }

    /** One question in the words of the template. */
    int[] prompt(ChatTemplate chosen, String question, Tokenizer tokenizer) {
        List<Message> messages = new ArrayList<>();
        system.or(chosen::defaultSystem)
                .filter(text -> !text.isEmpty())
                .map(Message::system)
                .ifPresent(messages::add);
        messages.add(Message.user(question));
        return tokenizer.encode(chosen.prompt(messages));
    }
}
