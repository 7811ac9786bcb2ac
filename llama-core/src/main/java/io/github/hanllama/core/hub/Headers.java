package io.github.hanllama.core.hub;

import io.github.hanllama.core.json.StrictJson;
import java.net.http.HttpHeaders;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a response says about itself. Names are compared without regard to case by {@link HttpHeaders}. */
record Headers(HttpHeaders all) {
    private static final Pattern NEXT_LINK = Pattern.compile("<([^<>]{1,4000})>\\s*;\\s*rel=\"?next\"?");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    Optional<String> value(String name) {
        return all.firstValue(name);
    }

    /** Empty when it is not there or no number. */
    OptionalLong number(String name) {
        Optional<String> text = value(name).map(String::strip).filter(value -> NUMBER.matcher(value)
                .matches());
        return text.isPresent() ? OptionalLong.of(Long.parseLong(text.get())) : OptionalLong.empty();
    }

    Optional<String> nextPage() {
        return value("Link").map(NEXT_LINK::matcher).filter(Matcher::find).map(match -> match.group(1));
    }

    /** A body that would have to be unpacked is not the file. */
    Optional<String> encoding() {
        return value("Content-Encoding").filter(text -> !text.isBlank() && !text.equalsIgnoreCase("identity"));
    }

    boolean isWebPage() {
        return value("Content-Type")
                .map(type -> type.toLowerCase(Locale.ROOT))
                .filter(type -> type.startsWith("text/html") || type.startsWith("application/xhtml"))
                .isPresent();
    }

    /** The one name of exactly these bytes at this server; a weak one names something alike. */
    Optional<String> validator() {
        return value("ETag").filter(tag -> tag.startsWith("\"") && tag.endsWith("\"") && tag.length() <= 300);
    }

    /** What helps the people of the hub find the request, for messages: {@code " (request id 1-2-3)"}. */
    String requestId() {
        return value("X-Request-Id")
                .or(() -> value("X-Amz-Cf-Id"))
                .map(id -> " (request id " + printable(id.length() > 80 ? id.substring(0, 80) : id) + ")")
                .orElse("");
    }

    static String printable(String text) {
        return StrictJson.printable(text);
    }
}
