package io.github.hanllama.core.source;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/** Which names from a file or a server may become paths below a folder. */
public final class FileNames {
    private static final int MAX_LENGTH = 1000;
    private static final int MAX_PART_LENGTH = 255;

    private FileNames() {}

    /**
     * Whether a name is relative, stays inside its folder and means the same file on every system: parts between
     * {@code /}, none of them empty, {@code .}, {@code ..} or ending in a dot or space, without {@code \}, {@code :} or
     * control characters, in characters that this system can write.
     */
    public static boolean isSafe(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_LENGTH
                && name.codePoints().noneMatch(c -> Character.isISOControl(c) || c == '\\' || c == ':')
                && Arrays.stream(name.split("/", -1)).allMatch(FileNames::isSafePart)
                && isPath(name);
    }

    /** A lone surrogate is none anywhere, and nothing beyond ASCII is where the locale is C. */
    private static boolean isPath(String name) {
        try {
            return !Path.of(name).isAbsolute();
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static boolean isSafePart(String part) {
        return !part.isEmpty() && part.length() <= MAX_PART_LENGTH && !part.endsWith(".") && !part.endsWith(" ");
    }
}
