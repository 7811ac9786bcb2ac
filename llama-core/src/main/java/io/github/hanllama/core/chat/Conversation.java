package io.github.hanllama.core.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Messages in the one order that most templates can write: whole turns, then a question. */
record Conversation(Optional<String> system, List<Turn> turns, String question) {
    Conversation {
        turns = List.copyOf(turns);
    }

    record Turn(String question, String answer) {}

    /** @throws IllegalArgumentException when the messages are in no such order */
    static Conversation of(List<Message> messages) {
        boolean hasSystem = !messages.isEmpty() && messages.getFirst().role() == Role.SYSTEM;
        List<Message> spoken = messages.subList(hasSystem ? 1 : 0, messages.size());
        for (int i = 0; i < spoken.size(); i++) {
            Role expected = i % 2 == 0 ? Role.USER : Role.ASSISTANT;
            if (spoken.get(i).role() != expected) {
                throw new IllegalArgumentException(
                        "message " + (messages.size() - spoken.size() + i + 1) + " must be of " + expected + ", was of "
                                + spoken.get(i).role());
            }
        }
        if (spoken.size() % 2 == 0) {
            throw new IllegalArgumentException("the last message must be of " + Role.USER);
        }
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i + 1 < spoken.size(); i += 2) {
            turns.add(new Turn(spoken.get(i).text(), spoken.get(i + 1).text()));
        }
        Optional<String> system = hasSystem ? Optional.of(messages.getFirst().text()) : Optional.empty();
        return new Conversation(system, turns, spoken.getLast().text());
    }
}
