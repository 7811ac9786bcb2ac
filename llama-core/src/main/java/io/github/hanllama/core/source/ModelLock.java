package io.github.hanllama.core.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.FileMeter;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * A {@code llama.lock} file: every source of a model as it was when the file was written, so that a team loads the same bytes.
 * A repository of a hub has its commit, every file its size and SHA-256.
 *
 * <pre>{@code
 * Llama.from(HubSource.of("meta-llama/Llama-2-7b-hf"))
 *         .adapt(HubSource.of("hfl/chinese-alpaca-2-lora-7b"))
 *         .lock(ModelLock.read(Path.of("llama.lock")))
 *         .load();
 * }</pre>
 *
 * @param file where it is
 * @param sources base, adapters and tokenizers, in the order in which they were named
 */
public record ModelLock(Path file, List<LockedSource> sources) {
    /** What the file is usually called. */
    public static final String NAME = "llama.lock";

    private static final int VERSION = 1;
    private static final int MAX_BYTES = 64 << 20;
    private static final String SELF = "hanllama_lock";
    private static final String SOURCES = "sources";

    public ModelLock {
        file = file.toAbsolutePath().normalize();
        sources = List.copyOf(sources);
    }

    /**
     * Describes files as they are now, hashing those whose hash nobody knows. Nothing is written yet.
     *
     * @param file where it will be
     */
    public static ModelLock of(
            Path file, List<ModelFiles> parts, ProgressListener listener, Cancellation cancellation) {
        Path absolute = file.toAbsolutePath().normalize();
        List<LockedSource> sources = new ArrayList<>();
        for (ModelFiles part : parts) {
            LockedSource source = LockedSource.of(part, absolute, new FileMeter(listener, cancellation));
            if (!sources.contains(source)) {
                sources.add(source);
            }
        }
        return new ModelLock(absolute, sources);
    }

    /** Whether a file is one of these by its first letters, whatever its name. */
    public static boolean isOne(Path file) {
        try {
            return Files.isRegularFile(file)
                    && Files.size(file) <= MAX_BYTES
                    && Files.readString(file).stripLeading().matches("(?s)\\{\\s*\"" + SELF + "\".*");
        } catch (IOException e) {
            return false; // or no text
        }
    }

    /**
     * @throws ModelNotFoundException when there is no such file
     * @throws ModelFormatException when it is no lock
     */
    public static ModelLock read(Path file) {
        ObjectNode json = StrictJson.object(bytes(file), file.toString());
        if (json.path(SELF).asInt() != VERSION || !json.path(SOURCES).isArray()) {
            throw new ModelFormatException(file + ": expected a lock of version " + VERSION + " with \"" + SOURCES
                    + "\"; write it again with ./llama lock");
        }
        List<LockedSource> sources = new ArrayList<>();
        for (JsonNode source : json.path(SOURCES)) {
            sources.add(LockedSource.read(source, file));
        }
        return new ModelLock(file, sources);
    }

    private static byte[] bytes(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelFormatException(file + ": expected at most " + MAX_BYTES + " bytes; is it a lock?");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelNotFoundException(file + ": cannot be read: " + e + "; write one with ./llama lock", e);
        }
    }

    /** Writes the file, in the place of one there may be. */
    public void write() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put(SELF, VERSION);
        sources.forEach(source -> source.write(json.withArray(SOURCES).addObject()));
        Path temporary = file.resolveSibling("." + file.getFileName() + "-" + UUID.randomUUID());
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(temporary, PrettyJson.print(json));
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be written: " + e, e);
        }
    }

    /**
     * What is locked under an id of a hub, as it was named when the lock was written or with its commit.
     *
     * @throws ModelNotFoundException when nothing is
     */
    public LockedSource ofHub(String id) {
        return sources.stream()
                .filter(source -> source.commit().isPresent())
                .filter(source -> source.id().equals(id) || source.pinnedId().equals(id))
                .findFirst()
                .orElseThrow(() -> unlocked(id));
    }

    /**
     * Reads every byte that must be read to know that these files are those that are locked.
     *
     * @throws ModelNotFoundException when the source is not in the lock
     * @throws ModelFormatException when a file is missing, another one or not in the lock
     */
    public void require(ModelFiles files, ProgressListener listener, Cancellation cancellation) {
        List<LockedSource> candidates = candidates(files);
        Optional<String> difference = Optional.empty();
        for (LockedSource candidate : candidates) {
            difference = candidate.difference(files, true, new FileMeter(listener, cancellation));
            if (difference.isEmpty()) {
                return;
            }
        }
        throw difference
                .<RuntimeException>map(text -> new ModelFormatException(files.origin() + ": " + text + "; " + file
                        + " says so: restore the file, or write the lock again if the change is meant"))
                .orElseGet(() -> unlocked(files.origin()));
    }

    /** A hub's by their id, others by the name of their folder: where that is differs from one member of a team to another. */
    private List<LockedSource> candidates(ModelFiles files) {
        return files.revision().isPresent()
                ? List.of(ofHub(files.origin()))
                : sources.stream()
                        .filter(source -> source.commit().isEmpty() && source.isNamedLike(files.origin()))
                        .toList();
    }

    /**
     * Compares every byte of every source.
     *
     * @param opener brings the files of a source here, without asking a hub what its branches stand for now
     * @return a line for each difference, the source and the file first
     */
    public List<String> differences(
            Function<LockedSource, ModelFiles> opener, ProgressListener listener, Cancellation cancellation) {
        List<String> differences = new ArrayList<>();
        for (LockedSource source : sources) {
            try (ModelFiles files = opener.apply(source)) {
                source.differences(files, new FileMeter(listener, cancellation))
                        .forEach(text -> differences.add(source.id() + "/" + text));
            } catch (ModelNotFoundException | HubException e) {
                differences.add(source.id() + ": missing: " + e.getMessage());
            }
        }
        return differences;
    }

    private ModelNotFoundException unlocked(String source) {
        return new ModelNotFoundException(source + ": not in " + file + ", found "
                + String.join(", ", sources.stream().map(LockedSource::id).toList())
                + "; name one of these, or write the lock again with ./llama lock");
    }
}
