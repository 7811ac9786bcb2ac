package io.github.hanllama.core.generation;

import io.github.hanllama.core.chat.ChatTemplate;
import io.github.hanllama.core.chat.ChatTemplates;
import io.github.hanllama.core.chat.Message;
import io.github.hanllama.core.chat.Role;
import java.util.List;
import java.util.Optional;

/** Starts a {@link Chat}. Not thread-safe. */
public final class ChatBuilder {
    /** The values of the Chinese-Alpaca demos: 400 ids at most, temperature 0.2, top-k 40, top-p 0.9, penalty 1.1. */
    public static final GenerationConfig DEFAULTS = GenerationConfig.builder()
            .maxNewTokens(400)
            .temperature(0.2)
            .topK(40)
            .topP(0.9)
            .repetitionPenalty(1.1)
            .build();

    private final Generator generator;
    private Optional<ChatTemplate> template = Optional.empty();
    private Optional<String> system = Optional.empty();
    private GenerationConfig config = DEFAULTS;
    private List<Message> messages = List.of();

    ChatBuilder(Generator generator) {
        this.generator = generator;
    }

    /** The template of the model's training, where it cannot be told from its files. */
    public ChatBuilder template(ChatTemplate value) {
        template = Optional.of(value);
        return this;
    }

    /** What the system says, instead of the template's default; an empty text for nothing. */
    public ChatBuilder system(String value) {
        system = Optional.of(value);
        return this;
    }

    /** How replies are written; {@link #DEFAULTS} unless given. */
    public ChatBuilder config(GenerationConfig value) {
        config = value;
        return this;
    }

    /** A conversation to go on with: questions and replies in turns, as {@link Chat#messages()} gives them. */
    public ChatBuilder messages(List<Message> value) {
        messages = List.copyOf(value);
        return this;
    }

    /**
     * The chat.
     *
     * @throws IllegalArgumentException when the messages are not whole turns
     * @throws IllegalStateException when the model names no template that is known here and none was given, when it has no
     *     tokenizer, or when the generator is closed
     */
    public Chat build() {
        for (int i = 0; i < messages.size(); i++) {
            Role expected = i % 2 == 0 ? Role.USER : Role.ASSISTANT;
            if (messages.get(i).role() != expected) {
                throw new IllegalArgumentException("message " + (i + 1) + " must be of " + expected + ", was of "
                        + messages.get(i).role());
            }
        }
        if (messages.size() % 2 == 1) {
            throw new IllegalArgumentException("the last message must be of " + Role.ASSISTANT);
        }
        ChatTemplate chosen = template.orElseGet(this::templateOfTheModel);
        Optional<Message> systemMessage =
                system.or(chosen::defaultSystem).filter(text -> !text.isEmpty()).map(Message::system);
        return new Chat(generator, chosen, systemMessage, config, messages);
    }

    private ChatTemplate templateOfTheModel() {
        return generator
                .chatTemplate(config)
                .orElseThrow(() -> new IllegalStateException(
                        "the model names no chat template that is known here; a base model cannot chat: use generate, or choose"
                                + " one in Chat.builder(generator).template(...): " + ChatTemplates.names()));
    }
}
