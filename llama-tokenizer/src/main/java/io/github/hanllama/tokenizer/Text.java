package io.github.hanllama.tokenizer;

/** Text from untrusted files, made fit for a one-line message. */
final class Text {
    private static final int SHOWN = 40;

    private Text() {}

    /** At most forty characters, without line breaks or other control characters. */
    static String shorten(String text) {
        String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        return shown.replaceAll("\\p{Cntrl}", "?");
    }
}
