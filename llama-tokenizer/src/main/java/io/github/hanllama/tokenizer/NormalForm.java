package io.github.hanllama.tokenizer;

import java.text.Normalizer;

/**
 * A normal form of Unicode, in n log n steps for any text. The JDK's {@link Normalizer} inserts each combining mark at its
 * place and so takes an hour for a megabyte of them; long runs are put into their order first, which changes no result.
 */
record NormalForm(Normalizer.Form form) implements TextNormalizer {
    private static final int LONG_RUN = 64;

    @Override
    public String normalize(String text) {
        return Normalizer.normalize(withOrderedMarks(text), form);
    }

    private String withOrderedMarks(String text) {
        StringBuilder ordered = new StringBuilder();
        int done = 0;
        for (int from = 0, to; from < text.length(); from = Math.max(to, from + 1)) {
            to = endOfMarks(text, from);
            if (to - from > LONG_RUN) {
                ordered.append(text, done, from);
                new MarkOrder(form).appendOrdered(text.substring(from, to), ordered);
                done = to;
            }
        }
        return done == 0 ? text : ordered.append(text, done, text.length()).toString();
    }

    private static int endOfMarks(String text, int from) {
        int end = from;
        while (end < text.length() && mayBeMark(text.codePointAt(end))) {
            end += Character.charCount(text.codePointAt(end));
        }
        return end;
    }

    /** Modifier letters are none themselves, but two of them become marks in the compatibility forms. */
    private static boolean mayBeMark(int codePoint) {
        if (codePoint < 0x300) {
            return false;
        }
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || type == Character.MODIFIER_LETTER;
    }
}
