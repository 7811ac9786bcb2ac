package io.github.hanllama.core.files;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** Length and hash of a whole file. */
public record FileHash(long size, String hex) {
    public static final long UNKNOWN_SIZE = -1;

    private static final int BUFFER_BYTES = 1 << 18;

    /** @param progress is told bytes as they are read, and may throw to stop */
    public static FileHash sha256(Path file, LongConsumer progress) {
        return of(file, digest("SHA-256"), progress);
    }

    /** The SHA-256 of something small, in hex. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(digest("SHA-256").digest(bytes));
    }

    public static FileHash md5(Path file, LongConsumer progress) {
        return of(file, digest("MD5"), progress);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    /** By any digest, which is reset. */
    public static FileHash of(Path file, MessageDigest digest, LongConsumer progress) {
        byte[] buffer = new byte[BUFFER_BYTES];
        long size = 0;
        try (InputStream stream = Files.newInputStream(file)) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                digest.update(buffer, 0, read);
                progress.accept(read);
                size += read;
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return new FileHash(size, HexFormat.of().formatHex(digest.digest()));
    }

    public static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static ModelNotFoundException unreadable(Path file, IOException cause) {
        return new ModelNotFoundException(file + ": cannot be read: " + cause, cause);
    }
}
