package io.github.hanllama.core.source;

import java.nio.file.Path;
import java.util.Optional;

/** The files of a model or adapter on this machine. Closing removes what was only there for the time being. */
public interface ModelFiles extends FileRanges, AutoCloseable {
    /**
     * The file itself, for mapping.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when there is no such file
     */
    Path path(String name);

    /** Whether the files are there only until they are closed. */
    default boolean temporary() {
        return false;
    }

    /** The commit of a repository that the files are from; none of others. */
    default Optional<String> revision() {
        return Optional.empty();
    }

    @Override
    void close();
}
