package io.github.hanllama.core.hub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What mirrors, and networks that want a login, send in place of a file. */
final class WebPage {
    static final String DESCRIPTION = "a web page; does the network want a login, or the mirror another address?";

    private WebPage() {}

    static boolean isOne(ByteBuffer head) {
        String text = StandardCharsets.ISO_8859_1.decode(head.duplicate()).toString();
        String start = text.stripLeading().toLowerCase(Locale.ROOT);
        return start.startsWith("<!doctype html") || start.startsWith("<html");
    }
}
