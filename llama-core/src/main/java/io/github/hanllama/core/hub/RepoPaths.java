package io.github.hanllama.core.hub;

import io.github.hanllama.core.source.FileNames;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Names of files in a repository, which whoever owns it has chosen. */
final class RepoPaths {
    private static final Pattern DEVICE =
            Pattern.compile("(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\\..*)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*", Pattern.DOTALL);

    private RepoPaths() {}

    /** Whether a name would leave its folder on some system: nobody means well by that. */
    static boolean escapes(String name) {
        return name.isEmpty()
                || name.startsWith("/")
                || name.startsWith("\\")
                || DRIVE.matcher(name).matches()
                || name.chars().anyMatch(c -> c < ' ')
                || Arrays.asList(name.split("[/\\\\]", -1)).contains("..");
    }

    /** Whether a name can be that of a file here and on every other system. */
    static boolean isPortable(String name) {
        return FileNames.isSafe(name)
                && Arrays.stream(name.split("/", -1))
                        .noneMatch(part -> DEVICE.matcher(part).matches());
    }

    /** Two names that a file system may take for one, in upper and lower case or in composed and decomposed letters. */
    static Optional<String> twins(Collection<String> names) {
        Map<String, String> seen = new HashMap<>();
        for (String name : names) {
            String folded = Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
            String other = seen.put(folded, name);
            if (other != null) {
                return Optional.of(other + " and " + name);
            }
        }
        return Optional.empty();
    }

    /** For a URL, with {@code /} left as it is. */
    static String encoded(String path) {
        return encodedSegment(path).replace("%2F", "/");
    }

    /** For a URL, {@code /} included. */
    static String encodedSegment(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
