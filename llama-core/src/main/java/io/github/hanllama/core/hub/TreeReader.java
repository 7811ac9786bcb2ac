package io.github.hanllama.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.error.HubException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Gathers the files of a repository from the pages of a hub's list. */
final class TreeReader {
    private static final int MAX_FILES = 100_000;

    private final HubId id;
    private final String commit;
    private final SortedMap<String, RepoFile> files = new TreeMap<>();
    private boolean complete = true;

    TreeReader(HubId id, String commit) {
        this.id = id;
        this.commit = commit;
    }

    /** A page of Hugging Face: files in git have their SHA-1 as oid, large ones their SHA-256 below {@code lfs}. */
    void add(JsonNode page) {
        for (JsonNode entry : page) {
            if (entry.path("type").asText("").equals("file")) {
                JsonNode large = entry.path("lfs");
                boolean inGit = large.isMissingNode() || large.isNull();
                JsonNode content = inGit ? entry : large;
                add(entry.path("path").asText(""), content.path("size"), content.path("oid"));
            }
        }
    }

    void add(String path, JsonNode size, JsonNode hash) {
        Optional<RepoFile> file = read(id.toString(), path, size, hash);
        file.ifPresent(found -> files.put(path, found));
        complete &= file.isPresent();
        if (files.size() > MAX_FILES) {
            throw new HubException(id + ": more than " + MAX_FILES + " files; expected the repository of one model");
        }
    }

    /** Empty for a file that not every system can hold. */
    static Optional<RepoFile> read(String origin, String path, JsonNode size, JsonNode hash) {
        if (RepoPaths.escapes(path)) {
            throw new HubException(origin + ": names a file outside its own folder: " + Headers.printable(path)
                    + "; do not trust this repository");
        }
        if (!size.isIntegralNumber() || !size.canConvertToLong() || size.longValue() < 0) {
            throw new HubException(origin + ": " + Headers.printable(path) + ": expected its size, found "
                    + Headers.printable(size.toString()));
        }
        Etag etag = Etag.of(hash.asText(""), origin + ": " + Headers.printable(path));
        return RepoPaths.isPortable(path) ? Optional.of(new RepoFile(path, size.longValue(), etag)) : Optional.empty();
    }

    Listing listing() {
        return new Listing(commit, commit, files, complete);
    }
}
