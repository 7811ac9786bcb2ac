package io.github.hanllama.core.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The variables that Python's hub clients read, with their defaults and in their order. */
final class HubEnvironment {
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");
    private static final int MAX_TOKEN_FILE_BYTES = 1 << 16;

    private final Map<String, String> variables;
    private final Path home;

    HubEnvironment(Map<String, String> variables, Path home) {
        this.variables = Map.copyOf(variables);
        this.home = home;
    }

    HubOptions options(HubKind hub) {
        return switch (hub) {
            case HUGGING_FACE -> options(hub, huggingFaceEndpoint(), huggingFaceCache(), huggingFaceToken());
            case MODEL_SCOPE -> options(hub, modelScopeEndpoint(), modelScopeCache(), modelScopeToken());
        };
    }

    private HubOptions options(HubKind hub, URI endpoint, Path cache, Optional<HubToken> token) {
        TransferOptions transfer = TransferOptions.DEFAULT;
        Optional<Duration> header = seconds("HF_HUB_ETAG_TIMEOUT");
        Optional<Duration> stall = seconds("HF_HUB_DOWNLOAD_TIMEOUT");
        transfer = header.isPresent() ? transfer.headerTimeout(header.get()) : transfer;
        transfer = stall.isPresent() ? transfer.stallTimeout(stall.get()) : transfer;
        boolean offline = isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE");
        boolean symlinks = !isTrue("HF_HUB_DISABLE_SYMLINKS");
        return new HubOptions(
                hub, endpoint, cache, token, false, offline, symlinks, new EnvironmentProxies(variables), transfer);
    }

    private URI huggingFaceEndpoint() {
        return endpoint(value("HF_ENDPOINT").orElse("https://huggingface.co"));
    }

    private Path huggingFaceCache() {
        return value("HF_HUB_CACHE")
                .or(() -> value("HUGGINGFACE_HUB_CACHE"))
                .map(this::expanded)
                .orElseGet(() -> huggingFaceHome().resolve("hub"));
    }

    private Path huggingFaceHome() {
        return value("HF_HOME").map(this::expanded).orElseGet(() -> value("XDG_CACHE_HOME")
                .map(this::expanded)
                .orElseGet(() -> home.resolve(".cache"))
                .resolve("huggingface"));
    }

    private Optional<HubToken> huggingFaceToken() {
        if (isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            return Optional.empty();
        }
        Path file = value("HF_TOKEN_PATH").map(this::expanded).orElseGet(() -> huggingFaceHome()
                .resolve("token"));
        return Stream.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
                .flatMap(name -> token(name).stream())
                .findFirst()
                .or(() -> tokenIn(file));
    }

    private URI modelScopeEndpoint() {
        return endpoint(value("MODELSCOPE_ENDPOINT")
                .or(() -> value("MODELSCOPE_DOMAIN"))
                .orElse("https://modelscope.cn"));
    }

    /** A folder of our own in ModelScope's: its client's layout keeps no history and names no hashes. */
    private Path modelScopeCache() {
        return value("MODELSCOPE_CACHE")
                .map(this::expanded)
                .orElseGet(() -> home.resolve(".cache").resolve("modelscope"))
                .resolve("hanllama");
    }

    private Optional<HubToken> modelScopeToken() {
        return token("MODELSCOPE_API_TOKEN");
    }

    /** Older variables hold a bare host. */
    private static URI endpoint(String text) {
        try {
            return URI.create(text.contains("://") ? text : "https://" + text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected the URL of a hub in the environment, found " + text, e);
        }
    }

    private Optional<HubToken> token(String variable) {
        try {
            return value(variable).flatMap(HubToken::ofText);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(variable + ": " + e.getMessage(), e);
        }
    }

    private static Optional<HubToken> tokenIn(Path file) {
        try {
            if (Files.size(file) > MAX_TOKEN_FILE_BYTES) {
                throw new IllegalArgumentException(file + ": expected a token, found a large file");
            }
            return HubToken.ofText(Files.readString(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": expected a token, cannot be read: " + e, e);
        }
    }

    private Optional<Duration> seconds(String variable) {
        return value(variable).map(text -> {
            try {
                return Duration.ofSeconds(Integer.parseInt(text.strip()));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(variable + ": expected whole seconds, found " + text, e);
            }
        });
    }

    private boolean isTrue(String variable) {
        return value(variable)
                .filter(text -> TRUE.contains(text.toUpperCase(Locale.ROOT)))
                .isPresent();
    }

    private Optional<String> value(String variable) {
        return Optional.ofNullable(variables.get(variable)).filter(text -> !text.isEmpty());
    }

    /** {@code ~} and {@code $NAME}, as a shell would have it; unknown variables stay as they are. */
    private Path expanded(String text) {
        String path = VARIABLE.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(variables.getOrDefault(
                        match.group(1) == null ? match.group(2) : match.group(1), match.group())));
        return path.equals("~") || path.startsWith("~/")
                ? home.resolve(path.substring(1).replaceFirst("^/", ""))
                : Path.of(path);
    }
}
