package io.github.hanllama.core.source;

import java.util.Optional;
import java.util.SortedSet;

/**
 * The files of a model or adapter, of which small ranges can be read without having all of them here: enough to plan.
 * Thread-safe.
 */
public interface FileRanges {
    /** Where the files are, for messages: a path or {@code owner/name@revision}. */
    String origin();

    /** Names relative to the model's root, with {@code /} between folders. */
    SortedSet<String> names();

    /**
     * The size in bytes.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when there is no such file
     */
    long size(String name);

    /**
     * Exactly {@code length} bytes from {@code offset}.
     *
     * @throws io.github.hanllama.core.error.ModelFormatException when the file ends before
     */
    byte[] read(String name, long offset, int length);

    /** The hash of a file as those say who keep it: SHA-256 in 64 hex digits, or another. Nothing is read to find it. */
    default Optional<String> hash(String name) {
        return Optional.empty();
    }

    /** What resolving would bring here; empty when all of it is here for good. */
    default Optional<Delivery> delivery() {
        return Optional.empty();
    }
}
