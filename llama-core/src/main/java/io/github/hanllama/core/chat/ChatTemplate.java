package io.github.hanllama.core.chat;

import io.github.hanllama.tokenizer.TokenSequence;
import java.util.List;
import java.util.Optional;

/**
 * Writes a conversation down as the model read conversations when it was trained. Immutable and thread-safe.
 *
 * <pre>{@code
 * TokenSequence prompt = ChatTemplates.LLAMA_2.prompt(List.of(Message.system("Be brief."), Message.user("你好")));
 * int[] ids = tokenizer.encode(prompt);
 * }</pre>
 *
 * What the template itself writes may be control tokens; what messages say never is.
 */
public interface ChatTemplate {
    /** What users choose it by, for example {@code llama-2}. */
    String name();

    /**
     * Everything the model reads before it answers, BOS included.
     *
     * @param messages perhaps one of the system, then user and assistant in turns, the user last
     * @throws IllegalArgumentException when they come in another order
     */
    TokenSequence prompt(List<Message> messages);

    /** What the system says when nobody says otherwise. */
    default Optional<String> defaultSystem() {
        return Optional.empty();
    }

    /** Text that ends a reply because it belongs to the template, for models that write on as the other side. */
    default List<String> stopSequences() {
        return List.of();
    }
}
