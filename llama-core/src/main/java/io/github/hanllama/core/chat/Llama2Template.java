package io.github.hanllama.core.chat;

import io.github.hanllama.tokenizer.TokenSequence;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Brackets in plain text, each turn between BOS and EOS. The brackets are no tokens of the vocabulary: a message that
 * contains them cannot be told from the template, but it can neither begin nor end a turn.
 */
final class Llama2Template implements ChatTemplate {
    private static final String SYSTEM = "<<SYS>>\n";
    private static final String SYSTEM_END = "\n<</SYS>>\n\n";

    private final String name;
    private final UnaryOperator<String> trim;
    private final String afterAnswer;
    private final Optional<String> defaultSystem;

    /**
     * @param trim what happens to the text of messages
     * @param afterAnswer between an answer and its EOS
     */
    Llama2Template(String name, UnaryOperator<String> trim, String afterAnswer, Optional<String> defaultSystem) {
        this.name = name;
        this.trim = trim;
        this.afterAnswer = afterAnswer;
        this.defaultSystem = defaultSystem;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<String> defaultSystem() {
        return defaultSystem;
    }

    @Override
    public TokenSequence prompt(List<Message> messages) {
        Conversation conversation = Conversation.of(messages);
        TokenSequence.Builder prompt = TokenSequence.builder();
        String opening =
                conversation.system().map(text -> SYSTEM + text + SYSTEM_END).orElse("");
        for (Conversation.Turn turn : conversation.turns()) {
            ask(prompt, opening + turn.question());
            String answer = trim.apply(turn.answer());
            prompt.text(answer.isEmpty() ? "" : " " + answer).text(afterAnswer).eos();
            opening = "";
        }
        ask(prompt, opening + conversation.question());
        return prompt.build();
    }

    private void ask(TokenSequence.Builder prompt, String question) {
        prompt.bos().text("[INST] ").text(trim.apply(question)).text(" [/INST]");
    }
}
