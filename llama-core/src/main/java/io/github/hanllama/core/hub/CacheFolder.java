package io.github.hanllama.core.hub;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The root of the cache. */
final class CacheFolder {
    private static final String TAG = "CACHEDIR.TAG";
    private static final String TAG_TEXT = """
            Signature: 8a477f597d28d172789f06886806bc55
            # This file marks a cache of models, which backups may leave out: https://bford.info/cachedir/
            """;

    private CacheFolder() {}

    static void prepare(Path cache) throws IOException {
        Files.createDirectories(cache);
        try {
            Files.writeString(cache.resolve(TAG), TAG_TEXT, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            return; // by whoever was here first
        }
    }
}
