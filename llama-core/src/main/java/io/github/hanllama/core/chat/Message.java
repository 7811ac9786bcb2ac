package io.github.hanllama.core.chat;

/** What somebody says in a conversation. The text is only ever text: nothing in it becomes a control token. */
public record Message(Role role, String text) {
    public static Message system(String text) {
        return new Message(Role.SYSTEM, text);
    }

    public static Message user(String text) {
        return new Message(Role.USER, text);
    }

    public static Message assistant(String text) {
        return new Message(Role.ASSISTANT, text);
    }
}
