package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The files of a model or adapter on this machine. Closing removes what was only there for the time being. */
public interface ModelFiles extends FileRanges, AutoCloseable {
    /**
     * The file itself, for mapping.
     *
     * @throws ModelNotFoundException when there is no such file
     */
    Path path(String name);

    @Override
    default long size(String name) {
        try {
            return Files.size(path(name));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    @Override
    default byte[] read(String name, long offset, int length) {
        try (RandomAccessFile file = new RandomAccessFile(path(name).toFile(), "r")) {
            if (offset < 0 || length < 0 || offset > file.length() - length) {
                throw new ModelFormatException(origin() + ": " + name + ": expected " + length + " bytes at " + offset
                        + ", found " + file.length() + " in all; is the download complete?");
            }
            byte[] bytes = new byte[length];
            file.seek(offset);
            file.readFully(bytes);
            return bytes;
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private ModelNotFoundException unreadable(String name, IOException cause) {
        return new ModelNotFoundException(origin() + ": " + name + ": cannot be read: " + cause, cause);
    }

    /** Whether the files are there only until they are closed. */
    default boolean temporary() {
        return false;
    }

    /** The commit of a repository that the files are from; none of others. */
    default Optional<String> revision() {
        return Optional.empty();
    }

    /**
     * Whether the weight files hold only what describes the weights, and zeros in place of them: enough to see whether files
     * fit together, nothing to run.
     */
    default boolean headersOnly() {
        return false;
    }

    @Override
    void close();
}
