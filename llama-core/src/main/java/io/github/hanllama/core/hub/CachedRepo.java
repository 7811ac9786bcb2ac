package io.github.hanllama.core.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * A repository in the cache.
 *
 * @param repo {@code owner/name}
 * @param bytes that its files take, each counted once
 * @param unfinishedBytes of downloads that have not ended
 * @param lastModified when the newest of its revisions came
 */
public record CachedRepo(
        String repo, Path folder, long bytes, long unfinishedBytes, Instant lastModified, List<Revision> revisions) {
    public CachedRepo {
        revisions = List.copyOf(revisions);
    }

    /**
     * A commit of which files are here.
     *
     * @param refs branches and tags that stood for it when they were last asked for
     * @param bytes of its files, some of which other revisions may share
     */
    public record Revision(String commit, List<String> refs, int files, long bytes) {
        public Revision {
            refs = List.copyOf(refs);
        }
    }
}
