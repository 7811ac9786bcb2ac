package io.github.hanllama.core.generation;

/** Strips the white space around a text that arrives in parts: holds it back until something follows it. */
final class Trimmer {
    private final StringBuilder held = new StringBuilder();
    private boolean started;

    /** The text that certainly belongs to the stripped one. */
    String accept(String part) {
        held.append(part);
        if (!started) {
            held.delete(0, part.length() - part.stripLeading().length());
            started = !held.isEmpty();
        }
        String text = held.toString().stripTrailing();
        held.delete(0, text.length());
        return text;
    }
}
