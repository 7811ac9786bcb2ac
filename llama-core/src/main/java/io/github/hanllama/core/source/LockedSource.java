package io.github.hanllama.core.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.files.FileMeter;
import io.github.hanllama.core.json.StrictJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A base, an adapter or a tokenizer in a {@link ModelLock}.
 *
 * @param id as it was named: {@code owner/name@revision} of a hub, else a path from the folder of the lock
 * @param commit what the revision stood for; none of what is not on a hub
 */
public record LockedSource(String id, Optional<String> commit, List<LockedFile> files) {
    private static final int SHA256_DIGITS = 64;
    private static final String SOURCE = "source";
    private static final String COMMIT = "commit";
    private static final String FILES = "files";
    private static final String NAME = "name";
    private static final String SIZE = "size";
    private static final String SHA256 = "sha256";

    public LockedSource {
        files = List.copyOf(files);
    }

    /** A file, by its name in the source. */
    public record LockedFile(String name, long size, String sha256) {}

    static LockedSource of(ModelFiles files, Path lock, FileMeter meter) {
        List<LockedFile> locked = new ArrayList<>();
        for (String name : names(files)) {
            locked.add(new LockedFile(name, files.size(name), hash(files, name, true, meter)));
        }
        String id = files.revision().isPresent() ? files.origin() : relative(files.origin(), lock);
        return new LockedSource(id, files.revision(), locked);
    }

    /** With {@code /} on every system. */
    private static String relative(String origin, Path lock) {
        Path folder = Objects.requireNonNull(lock.getParent()); // a file is in a folder
        Path path = Path.of(origin).toAbsolutePath().normalize();
        boolean sameRoot = Objects.equals(path.getRoot(), folder.getRoot());
        return (sameRoot ? folder.relativize(path) : path).toString().replace('\\', '/');
    }

    /** But for those that file managers leave. */
    private static SortedSet<String> names(ModelFiles files) {
        SortedSet<String> names = new TreeSet<>(files.names());
        names.removeIf(name -> name.startsWith("."));
        return names;
    }

    /** What comes from a hub has been hashed on the way. */
    private static String hash(ModelFiles files, String name, boolean trusted, FileMeter meter) {
        Optional<String> known = trusted ? files.hash(name) : Optional.empty();
        return known.filter(hex -> hex.length() == SHA256_DIGITS).orElseGet(() -> {
            Path path = files.path(name);
            return FileHash.sha256(path, meter.of(name, files.size(name))).hex();
        });
    }

    static LockedSource read(JsonNode json, Path lock) {
        List<LockedFile> files = new ArrayList<>();
        for (JsonNode file : json.path(FILES)) {
            files.add(
                    new LockedFile(required(file, NAME, lock), file.path(SIZE).asLong(), required(file, SHA256, lock)));
        }
        Optional<String> commit = Optional.ofNullable(json.path(COMMIT).textValue());
        return new LockedSource(required(json, SOURCE, lock), commit, files);
    }

    private static String required(JsonNode json, String field, Path lock) {
        String text = json.path(field).textValue();
        if (text == null || text.isEmpty()) {
            throw new ModelFormatException(
                    lock + ": expected \"" + field + "\" in " + StrictJson.printable(json.toString()) + ", found none");
        }
        return text;
    }

    void write(ObjectNode json) {
        json.put(SOURCE, id);
        commit.ifPresent(hex -> json.put(COMMIT, hex));
        for (LockedFile file : files) {
            json.withArray(FILES)
                    .addObject()
                    .put(NAME, file.name)
                    .put(SIZE, file.size)
                    .put(SHA256, file.sha256);
        }
    }

    /** The id with the commit in place of the revision. */
    String pinnedId() {
        return commit.map(hex -> id.replaceFirst("@[^:]*", "@" + hex)).orElse(id);
    }

    /** Whether the last part of a path is this one's. */
    boolean isNamedLike(String path) {
        return last(id).equals(last(path));
    }

    private static String last(String path) {
        return String.valueOf(Path.of(path).toAbsolutePath().normalize().getFileName());
    }

    /** The SHA-256 of every file. */
    public Map<String, String> sha256() {
        Map<String, String> hashes = new LinkedHashMap<>();
        files.forEach(file -> hashes.put(file.name, file.sha256));
        return hashes;
    }

    /**
     * The first thing that is not as it is locked.
     *
     * @param trusted whether to believe hashes that somebody found earlier
     */
    Optional<String> difference(ModelFiles found, boolean trusted, FileMeter meter) {
        return differences(found, trusted, meter, 1).stream().findFirst();
    }

    /** Everything that is not as it is locked, a line each, the name of the file first. */
    List<String> differences(ModelFiles found, FileMeter meter) {
        return differences(found, false, meter, Integer.MAX_VALUE);
    }

    private List<String> differences(ModelFiles found, boolean trusted, FileMeter meter, int most) {
        List<String> differences = new ArrayList<>();
        SortedSet<String> others = names(found);
        for (LockedFile file : files) {
            if (differences.size() < most) {
                difference(file, found, trusted, others.remove(file.name), meter)
                        .ifPresent(text -> differences.add(file.name + ": " + text));
            }
        }
        if (differences.size() < most) {
            others.forEach(name -> differences.add(name + ": expected no such file, found one"));
        }
        return differences;
    }

    private static Optional<String> difference(
            LockedFile file, ModelFiles found, boolean trusted, boolean there, FileMeter meter) {
        if (!there) {
            return Optional.of("expected a file, found none");
        }
        long size = found.size(file.name);
        if (size != file.size) {
            return Optional.of("expected " + file.size + " bytes, found " + size);
        }
        String hash = hash(found, file.name, trusted, meter);
        return hash.equals(file.sha256)
                ? Optional.empty()
                : Optional.of("expected SHA-256 " + file.sha256 + ", found " + hash);
    }
}
