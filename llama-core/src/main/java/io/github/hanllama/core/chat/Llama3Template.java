package io.github.hanllama.core.chat;

import io.github.hanllama.tokenizer.TokenSequence;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A header of control tokens before each message and one after it, so nothing in a message can be taken for either. */
final class Llama3Template implements ChatTemplate {
    private static final String HEADER = "<|start_header_id|>";
    private static final String HEADER_END = "<|end_header_id|>";
    private static final String END_OF_TURN = "<|eot_id|>";

    static final Llama3Template INSTANCE = new Llama3Template();

    private Llama3Template() {}

    /** Whether the vocabulary has what the template writes. */
    static boolean fits(Tokenizer tokenizer) {
        return tokenizer.specialTokens().byText().keySet().containsAll(Set.of(HEADER, HEADER_END, END_OF_TURN));
    }

    /** Whether a template in another language writes the same headers. */
    static boolean isMeantBy(String template) {
        return template.contains(HEADER) && template.contains(END_OF_TURN);
    }

    @Override
    public String name() {
        return "llama-3";
    }

    @Override
    public TokenSequence prompt(List<Message> messages) {
        Conversation.of(messages); // the order that the model knows
        TokenSequence.Builder prompt = TokenSequence.builder().bos();
        for (Message message : messages) {
            header(prompt, message.role());
            prompt.text(message.text().strip()).special(END_OF_TURN);
        }
        header(prompt, Role.ASSISTANT);
        return prompt.build();
    }

    private static void header(TokenSequence.Builder prompt, Role role) {
        prompt.special(HEADER).text(role.name().toLowerCase(Locale.ROOT));
        prompt.special(HEADER_END).text("\n\n");
    }
}
