package io.github.hanllama.core.chat;

import io.github.hanllama.tokenizer.TokenSequence;
import java.util.List;

/**
 * Headings in plain text. Only the beginning is a control token, so a message that contains a heading reads as if the
 * conversation went on; that is how the models were trained.
 *
 * @param afterInstruction between the heading of an instruction and its text
 * @param afterResponse between the heading of a response and its text
 */
record AlpacaTemplate(String name, String afterInstruction, String afterResponse) implements ChatTemplate {
    private static final String PREAMBLE = "Below is an instruction that describes a task. "
            + "Write a response that appropriately completes the request.";
    private static final String INSTRUCTION = "### Instruction:";
    private static final String RESPONSE = "### Response:";
    private static final String BETWEEN = "\n\n";

    @Override
    public TokenSequence prompt(List<Message> messages) {
        Conversation conversation = Conversation.of(messages);
        TokenSequence.Builder prompt = TokenSequence.builder().bos();
        prompt.text(conversation.system().orElse(PREAMBLE)).text(BETWEEN);
        for (Conversation.Turn turn : conversation.turns()) {
            ask(prompt, turn.question());
            prompt.text(turn.answer()).text(BETWEEN);
        }
        ask(prompt, conversation.question());
        return prompt.build();
    }

    private void ask(TokenSequence.Builder prompt, String question) {
        prompt.text(INSTRUCTION).text(afterInstruction).text(question).text(BETWEEN);
        prompt.text(RESPONSE).text(afterResponse);
    }

    @Override
    public List<String> stopSequences() {
        return List.of(INSTRUCTION, RESPONSE);
    }
}
