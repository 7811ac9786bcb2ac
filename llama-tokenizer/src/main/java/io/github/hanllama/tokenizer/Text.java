package io.github.hanllama.tokenizer;

import java.util.regex.Pattern;

/** Text from untrusted files, made fit for a one-line message. */
final class Text {
    private static final int SHOWN = 40;
    private static final int LINE = 240;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]");

    private Text() {}

    /** At most forty characters, without line breaks or other control characters. */
    static String shorten(String text) {
        return printable(text, SHOWN);
    }

    /** As {@link #shorten}, for what may be a sentence. */
    static String oneLine(String text) {
        return printable(text, LINE);
    }

    private static String printable(String text, int most) {
        String shown = text.length() <= most ? text : text.substring(0, most) + "…";
        return CONTROL.matcher(shown).replaceAll("?");
    }
}
