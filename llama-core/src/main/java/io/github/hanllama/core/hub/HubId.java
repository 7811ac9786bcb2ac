package io.github.hanllama.core.hub;

import io.github.hanllama.core.source.FileNames;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a repository on a hub, at a revision: {@code owner/name}, {@code owner/name@v1.0},
 * {@code ms://owner/name@master:model-q4_0.gguf}.
 *
 * @param repo {@code owner/name}, or a bare name for the oldest repositories
 * @param revision a branch, a tag or a commit of 40 hex digits; the default branch unless given
 * @param file the one weight file that is meant where a repository has several models
 */
public record HubId(HubKind hub, String repo, String revision, Optional<String> file) {
    private static final Pattern TEXT = Pattern.compile("(?:(hf|ms)://)?([^@:]+)(?:@([^@:]+))?(?::([^@:]+))?");
    private static final Pattern PART = Pattern.compile("(?=\\w)[\\w.-]{1,96}(?<=\\w)");
    private static final int MAX_PARTS = 2;

    public HubId {
        if (!isRepo(repo)) {
            throw new IllegalArgumentException(
                    "repo must be owner/name in letters, digits, '-', '_' and '.', was " + printable(repo));
        }
        if (!isRevision(revision)) {
            throw new IllegalArgumentException(
                    "revision must be a branch, a tag or a commit, was " + printable(revision));
        }
        file.ifPresent(name -> {
            if (!RepoPaths.isPortable(name)) {
                throw new IllegalArgumentException("file must be a name inside the repository, was " + printable(name));
            }
        });
    }

    /**
     * Reads {@code [hf://|ms://]owner/name[@revision][:file]}.
     *
     * @throws IllegalArgumentException when it is nothing of the kind
     */
    public static HubId parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "expected owner/name, owner/name@revision or owner/name@revision:file, found " + printable(text));
        }
        HubKind hub =
                HubKind.MODEL_SCOPE.scheme().equals(matcher.group(1)) ? HubKind.MODEL_SCOPE : HubKind.HUGGING_FACE;
        String revision = Optional.ofNullable(matcher.group(3)).orElse(hub.defaultRevision());
        return new HubId(hub, matcher.group(2), revision, Optional.ofNullable(matcher.group(4)));
    }

    /** The same repository at another revision. */
    public HubId revision(String value) {
        return new HubId(hub, repo, value, file);
    }

    /** As {@link #parse} reads it, the hub only where it is not Hugging Face. */
    @Override
    public String toString() {
        String prefix = hub == HubKind.HUGGING_FACE ? "" : hub.scheme() + "://";
        return prefix + repo + "@" + revision + file.map(name -> ":" + name).orElse("");
    }

    /** Python's words also count accented letters as letters; hubs do not. */
    private static boolean isRepo(String repo) {
        String[] parts = repo.split("/", -1);
        return parts.length <= MAX_PARTS
                && Arrays.stream(parts).allMatch(part -> PART.matcher(part).matches())
                && !repo.contains("--")
                && !repo.contains("..")
                && !repo.endsWith(".git");
    }

    /** It becomes the name of a file below {@code refs}. */
    private static boolean isRevision(String revision) {
        return FileNames.isSafe(revision) && revision.chars().noneMatch(c -> c == ' ' || c == '?' || c == '*');
    }

    private static String printable(String text) {
        return text.codePoints()
                .limit(200)
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
