package io.github.hanllama.core.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * What tells files from others, and from themselves once they are changed, without reading them. Where the file system
 * says when a file was last touched in any way, that counts too: a copy may be given the times of another file.
 */
final class FileIdentity {
    private FileIdentity() {}

    /** Of a checkpoint's weight files; none when one cannot be looked at. */
    static Optional<String> of(Checkpoint checkpoint) {
        MessageDigest digest = ContentDigest.sha256();
        put(digest, checkpoint.config());
        checkpoint.tensors().forEach(tensor -> put(digest, tensor));
        try {
            for (Path file : checkpoint.weightFiles()) {
                put(digest, state(file));
            }
            return Optional.of(ContentDigest.hex(digest));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void put(MessageDigest digest, Object part) {
        digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String state(Path file) throws IOException {
        Path path = file.toRealPath();
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class);
        boolean unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
        Object changed = unix ? Files.getAttribute(path, "unix:ctime") : "unknown";
        return path + " " + basic.size() + " " + basic.lastModifiedTime() + " " + basic.fileKey() + " " + changed;
    }
}
