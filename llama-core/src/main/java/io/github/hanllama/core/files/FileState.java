package io.github.hanllama.core.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What tells a file from others, and from itself once it is changed, without reading it: where it is, how large, when
 * written, which one on its disk. Where the file system says when a file was last touched in any way, that counts too: a
 * copy may be given the times of another file.
 */
public final class FileState {
    private FileState() {}

    /** One line. */
    public static String of(Path file) throws IOException {
        Path path = file.toRealPath();
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class);
        boolean unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
        Object changed = unix ? Files.getAttribute(path, "unix:ctime") : "unknown";
        return path + " " + basic.size() + " " + basic.lastModifiedTime() + " " + basic.fileKey() + " " + changed;
    }

    /** Size and time alone, for files that somebody else vouches for, wherever they lie. */
    public static String ofKnown(Path file) throws IOException {
        BasicFileAttributes basic = Files.readAttributes(file, BasicFileAttributes.class);
        return basic.size() + " " + basic.lastModifiedTime();
    }
}
