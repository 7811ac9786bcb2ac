package io.github.hanllama.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.json.StrictJson;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a refusal of the hub means, in words that say what to do next. */
final class HubErrors {
    private static final Set<Integer> BUSY = Set.of(408, 429, 500, 502, 503, 504);
    private static final Pattern RATE_LIMIT_WAIT = Pattern.compile("(?:^|;)\\s*t=(\\d{1,9})\\b");
    private static final String BAD_TOKEN = "Invalid credentials in Authorization header";
    private static final String DISABLED = "Access to this resource is disabled.";

    private HubErrors() {}

    /**
     * What went wrong.
     *
     * @param what the repository and file that were asked for
     * @param body of the response, as much as was read of it
     * @throws TransientFailure when it may go better next time
     */
    static LlamaException of(String what, int status, Headers headers, byte[] body) throws IOException {
        String said = headers.value("X-Error-Message").or(() -> message(body)).orElse("");
        String code = headers.value("X-Error-Code").orElse("");
        String end = details(status, code, said) + headers.requestId();
        if (BUSY.contains(status)) {
            throw new TransientFailure(what + ": the hub is busy" + end, retryAfter(headers));
        }
        return switch (status) {
            case 401, 403 -> refused(what, status, code, said, end);
            case 404 -> new ModelNotFoundException(what + ": " + missing(code) + end);
            default -> new HubException(what + ": the hub answered" + end);
        };
    }

    private static LlamaException refused(String what, int status, String code, String said, String end) {
        if (code.equals("GatedRepo")) {
            return new HubException(
                    what + ": access is restricted; ask for it on the model's page, then pass a token of"
                            + " that account (HF_TOKEN)" + end);
        }
        if (said.equals(BAD_TOKEN)) {
            return new HubException(what + ": the token is not valid; make a new one, or unset HF_TOKEN" + end);
        }
        if (said.equals(DISABLED)) {
            return new HubException(what + ": the hub has disabled this repository" + end);
        }
        boolean hidden = code.equals("RepoNotFound") || status == 401;
        return new HubException(
                hidden
                        ? what
                                + ": no such repository, or a private one, or a gated one without a token; check the name, pass a"
                                + " token (HF_TOKEN)" + end
                        : what + ": not allowed" + end);
    }

    private static String missing(String code) {
        return switch (code) {
            case "RevisionNotFound" -> "no such branch, tag or commit";
            case "EntryNotFound" -> "no such file in the repository";
            case "RepoNotFound" -> "no such repository";
            default -> "not found";
        };
    }

    private static String details(int status, String code, String said) {
        String message = said.isEmpty() ? "" : ", " + Headers.printable(said);
        return " (HTTP " + status + (code.isEmpty() ? "" : " " + Headers.printable(code)) + message + ")";
    }

    private static Optional<Duration> retryAfter(Headers headers) {
        OptionalLong seconds = headers.number("Retry-After");
        Optional<Matcher> limit =
                headers.value("RateLimit").map(RATE_LIMIT_WAIT::matcher).filter(Matcher::find);
        if (limit.isPresent()) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(limit.get().group(1)) + 1));
        }
        return seconds.isPresent()
                ? Optional.of(Duration.ofSeconds(Math.min(seconds.getAsLong(), 1L << 30)))
                : Optional.empty();
    }

    /** {@code error} and {@code errors[].message} of Hugging Face, {@code Message} of ModelScope. */
    private static Optional<String> message(byte[] body) {
        try {
            JsonNode json = StrictJson.object(body, "error");
            return Stream.of(
                            json.path("error"),
                            json.path("errors").path(0).path("message"),
                            json.path("Message"),
                            json.path("message"))
                    .filter(JsonNode::isTextual)
                    .map(JsonNode::textValue)
                    .findFirst();
        } catch (ModelFormatException e) {
            return Optional.empty(); // a web page, most likely
        }
    }
}
