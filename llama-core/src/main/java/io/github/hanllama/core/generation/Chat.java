package io.github.hanllama.core.generation;

import io.github.hanllama.core.chat.ChatTemplate;
import io.github.hanllama.core.chat.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a model, turn by turn.
 *
 * <pre>{@code
 * try (Chat chat = generator.chat();
 *         TextStream reply = chat.stream("为什么要减少污染，保护环境？")) {
 *     for (String text : reply) {
 *         System.out.print(text);
 *     }
 * }
 * }</pre>
 *
 * A turn becomes part of the conversation when its reply has ended. One that fails, is cancelled or is closed before its
 * end leaves the chat as it was before. When the context is full the model no longer sees the oldest turns; turns are
 * dropped as a whole, and the system message stays.
 *
 * <p>What the model has read stays in a cache, so a turn costs only what is new. Belongs to one thread; any thread may
 * close the stream of a reply. Closing the generator ends the chat.
 */
public final class Chat implements AutoCloseable {
    private final Generator generator;
    private final ChatTemplate template;
    private final Optional<Message> system;
    private final GenerationConfig config;
    private final List<Message> messages;
    private final PrefixCache cache;
    private int forgotten;
    private @Nullable Turn turn;
    private boolean closed;

    /** A turn that is not yet part of the conversation, and how many messages before it its prompt leaves out. */
    private record Turn(Message question, Generation generation, int forgotten) {}

    Chat(
            Generator generator,
            ChatTemplate template,
            Optional<Message> system,
            GenerationConfig config,
            List<Message> messages) {
        this.generator = generator;
        this.template = template;
        this.system = system;
        this.config = config;
        this.messages = new ArrayList<>(messages);
        cache = generator.newPrefixCache();
    }

    /** Starts a chat that differs from {@link Generator#chat()}. */
    public static ChatBuilder builder(Generator generator) {
        return new ChatBuilder(generator);
    }

    /** How the conversation is written down for the model. */
    public ChatTemplate template() {
        return template;
    }

    /** What the system says. */
    public Optional<String> system() {
        return system.map(Message::text);
    }

    /** Everything said so far, questions and replies in turns; those the model no longer sees are included. */
    public List<Message> messages() {
        settle();
        return List.copyOf(messages);
    }

    /**
     * Says something and waits for the reply, without the white space around it.
     *
     * @throws IllegalArgumentException when the text alone does not fit the context
     * @throws IllegalStateException when the model has no tokenizer, the last reply is still being read, or after {@link #close()}
     */
    public GenerationResult send(String text) {
        return send(text, config);
    }

    /** As {@link #send(String)}, with a configuration for this reply only. */
    public GenerationResult send(String text, GenerationConfig forThisReply) {
        return Generator.complete(stream(text, forThisReply));
    }

    /** As {@link #send(String)}, piece by piece as the reader asks for them. */
    public TextStream stream(String text) {
        return stream(text, config);
    }

    /** As {@link #stream(String)}, with a configuration for this reply only. */
    public TextStream stream(String text, GenerationConfig forThisReply) {
        requireIdle();
        Message question = Message.user(text);
        cache.use(forThisReply.adapters());
        for (int from = forgotten; ; from += 2) {
            int[] prompt = generator.encode(template.prompt(prompt(from, question)), forThisReply);
            if (from == messages.size() || generator.leavesRoom(prompt, forThisReply)) {
                Generation generation = generator.reply(prompt, cache, withStops(forThisReply));
                turn = new Turn(question, generation, from);
                return new TextStream(generation);
            }
        }
    }

    /** Forgets everything said; the system message stays. */
    public void clear() {
        requireIdle();
        messages.clear();
        forgotten = 0;
    }

    @Override
    public void close() {
        closed = true;
        if (turn != null) {
            turn.generation().close();
        }
        cache.close();
    }

    private List<Message> prompt(int from, Message question) {
        List<Message> prompt = new ArrayList<>();
        system.ifPresent(prompt::add);
        prompt.addAll(messages.subList(from, messages.size()));
        prompt.add(question);
        return prompt;
    }

    private GenerationConfig withStops(GenerationConfig wanted) {
        List<String> stops = new ArrayList<>(template.stopSequences());
        stops.addAll(wanted.stopSequences());
        return wanted.toBuilder().stopSequences(stops).build();
    }

    private void requireIdle() {
        if (closed) {
            throw new IllegalStateException("chat is closed");
        }
        settle();
        if (turn != null) {
            throw new IllegalStateException("the last reply has not ended: read or close its stream first");
        }
    }

    /** Takes the last turn into the conversation, or forgets it, once it has ended. */
    private void settle() {
        if (turn != null && !turn.generation().isRunning()) {
            Turn ended = turn;
            turn = null;
            ended.generation().written().ifPresent(reply -> {
                messages.add(ended.question());
                messages.add(Message.assistant(reply.text()));
                forgotten = ended.forgotten();
            });
        }
    }
}
