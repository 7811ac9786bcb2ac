package io.github.hanllama.core.merge;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A merged model that is kept.
 *
 * @param bytes that its files take
 * @param lastUsed when it was last opened or written
 * @param madeOf base, adapters and options, in words
 * @param current whether the files it is made of are as they were, so that it can be used again; of files from a hub it is
 *     not asked
 */
public record CachedMerge(String key, Path folder, long bytes, Instant lastUsed, String madeOf, boolean current) {}
