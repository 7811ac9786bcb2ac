package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.generation.Chat;
import io.github.hanllama.core.generation.ChatBuilder;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Questions in, replies out. */
@Command(
        name = "chat",
        description = {
            "Talks with a model: a line is a question, and what was said before is remembered. On its own line, /clear"
                    + " forgets it and /exit ends.",
            "With --json a question is {\"text\": ...}, and a reply is a line as generate writes it."
        })
final class ChatCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Mixin
    private final TemplateOption template = new TemplateOption();

    @Mixin
    private final SamplingOption sampling = new SamplingOption();

    @Option(
            names = "--context",
            paramLabel = "N",
            description =
                    "Positions the conversation may take (default: what the model was trained for, 4096 at most).")
    private Optional<Integer> context = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    ChatCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        GenerationConfig config = sampling.config(ChatBuilder.DEFAULTS).build();
        template.template(); // an unknown one is found before anything is loaded
        LlamaBuilder builder = modelOptions.builder().warmUp(true);
        context.ifPresent(builder::maxSequenceLength);
        try (Generator generator = builder.load();
                Chat chat = template.chat(generator, config)) {
            if (jsonOption.wanted()) {
                answerRequests(chat);
            } else {
                talk(chat);
            }
        }
        return 0;
    }

    private void answerRequests(Chat chat) {
        JsonLines lines = new JsonLines(terminal);
        lines.forEachRequest(request -> {
            try (TextStream reply = chat.stream(request.text());
                    Interruption _ = Interruption.cancels(reply::close)) {
                reply.forEach(text -> {});
                lines.answer(json -> GenerateCommand.write(json, reply.result()));
                terminal.flush();
            }
        });
    }

    private void talk(Chat chat) {
        InputLines lines = new InputLines(terminal.in());
        for (Optional<String> line = ask(lines); line.isPresent(); line = ask(lines)) {
            switch (line.get()) {
                case "" -> {}
                case "/exit" -> {
                    return;
                }
                case "/clear" -> chat.clear();
                default -> reply(chat, line.get(), lines.number());
            }
        }
    }

    private Optional<String> ask(InputLines lines) {
        if (terminal.interactive()) {
            terminal.error("> ");
        }
        return lines.next().map(line -> new String(line, StandardCharsets.UTF_8).strip());
    }

    private void reply(Chat chat, String question, long number) {
        try (TextStream reply = chat.stream(question);
                Interruption _ = Interruption.cancels(reply::close)) {
            for (String text : reply) {
                terminal.print(text);
                terminal.flush();
            }
            terminal.println("");
            terminal.flush();
        } catch (IllegalArgumentException e) { // too long
            throw new InputException("line " + number + " of the input: " + e.getMessage(), e);
        }
    }
}
