package io.github.hanllama.core.hub;

import java.util.Optional;
import java.util.regex.Pattern;

/** What says who is asking. It appears in no message and in no log. */
public final class HubToken {
    private static final Pattern PRINTABLE = Pattern.compile("[\\x21-\\x7E]{1,4096}");

    private final String value;

    private HubToken(String value) {
        this.value = value;
    }

    /** @throws IllegalArgumentException when it is empty or cannot be sent */
    public static HubToken of(String value) {
        if (!PRINTABLE.matcher(value).matches()) {
            throw new IllegalArgumentException("a token is one line of letters and digits, not empty");
        }
        return new HubToken(value);
    }

    /** As variables and files have it: spaces and line ends around it, or nothing. */
    static Optional<HubToken> ofText(String text) {
        String bare = text.replace("\r", "").replace("\n", "").strip();
        return bare.isEmpty() ? Optional.empty() : Optional.of(of(bare));
    }

    String value() {
        return value;
    }

    @Override
    public String toString() {
        return "HubToken[hidden]";
    }
}
