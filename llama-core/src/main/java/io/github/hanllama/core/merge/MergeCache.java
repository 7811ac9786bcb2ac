package io.github.hanllama.core.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.files.Trees;
import io.github.hanllama.core.files.WorkLock;
import io.github.hanllama.core.merge.MergeEntry.UnusableException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A folder of one's own where merged models are kept, each as one safetensors or GGUF model under a key made of everything
 * that went into it ({@link MergeKey}), so that the next start maps it and merges nothing.
 *
 * <p>A model appears in it when it is complete and on disk. Of processes that want the same one, one makes it and the others
 * wait. What was touched since it was written is hashed before it is used, and made anew when it differs; a disk that
 * changes bytes without changing times is only found by {@link io.github.hanllama.core.checkpoint.Verification}. Nothing is
 * removed unless {@link #remove} or {@link #prune} is asked to: each model takes as much as its weights. Thread-safe.
 */
public final class MergeCache {
    private static final System.Logger LOG = System.getLogger(MergeCache.class.getPackageName());
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern UNFINISHED = Pattern.compile("\\.([0-9a-f]{64})-.+");
    private static final String LOCKS = ".locks";

    private final Path root;

    private MergeCache(Path root) {
        this.root = root;
    }

    /** In this folder, which need not exist yet. */
    public static MergeCache of(Path folder) {
        return new MergeCache(folder.toAbsolutePath().normalize());
    }

    /**
     * Maps the model of this key; makes, keeps and maps it first when there is none. When it cannot be kept, a warning says
     * so, and what was made is returned.
     *
     * @param merge is asked only when it is not kept
     * @param options how to write it; its types and sizes of files do not count
     * @throws java.util.concurrent.CancellationException when cancelled or interrupted
     */
    public Checkpoint open(MergeKey key, Supplier<Checkpoint> merge, WriteOptions options) {
        Optional<Checkpoint> kept = find(key, options, Level.DEBUG);
        if (kept.isPresent()) {
            return kept.get();
        }
        try (WorkLock _ = WorkLock.acquire(lock(key.hash()), options.cancellation())) {
            return find(key, options, Level.INFO).orElseGet(() -> make(key, merge, options));
        }
    }

    private Path lock(String hash) {
        return root.resolve(LOCKS).resolve(hash);
    }

    private Optional<Checkpoint> find(MergeKey key, WriteOptions options, Level missing) {
        MergeEntry entry = entry(key.hash());
        try {
            Checkpoint checkpoint = entry.open(key, options.cancellation());
            LOG.log(Level.INFO, "{0}: mapped from {1}", key, root.resolve(key.hash()));
            noteUse(entry);
            return Optional.of(checkpoint);
        } catch (UnusableException e) {
            Level level = Files.exists(root.resolve(key.hash())) ? Level.WARNING : missing;
            LOG.log(level, "{0}: {1}; merging", root.resolve(key.hash()), e.getMessage());
            return Optional.empty();
        }
    }

    private MergeEntry entry(String hash) {
        return new MergeEntry(root.resolve(hash));
    }

    private static void noteUse(MergeEntry entry) {
        try {
            Files.setLastModifiedTime(entry.record(), FileTime.from(Instant.now()));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "{0}: its use is not noted: {1}", entry.record(), e); // a folder that is read-only
        }
    }

    private Checkpoint make(MergeKey key, Supplier<Checkpoint> merge, WriteOptions options) {
        Checkpoint merged = merge.get();
        try {
            Optional<Checkpoint> kept =
                    write(key, merged, options) ? find(key, options, Level.WARNING) : Optional.empty();
            if (kept.isPresent()) {
                merged.close();
            }
            return kept.orElse(merged);
        } catch (RuntimeException | Error e) {
            merged.close();
            throw e;
        }
    }

    private boolean write(MergeKey key, Checkpoint merged, WriteOptions options) {
        Path temporary = root.resolve("." + key.hash() + "-" + UUID.randomUUID());
        try {
            removeUnfinished(key.hash());
            Files.createDirectories(temporary);
            new MergeEntry(temporary).write(key, merged, options);
            if (!key.isStillTrue()) {
                LOG.log(Level.WARNING, "{0}: changed while it was merged; the result is not kept", key);
                return false;
            }
            Trees.remove(root.resolve(key.hash())); // what could not be used
            Files.move(temporary, root.resolve(key.hash()), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException | BackendException | IllegalArgumentException e) {
            LOG.log(Level.WARNING, "{0}: {1} is not kept: {2}", root, key, e.getMessage());
            return false;
        } finally {
            Trees.remove(temporary);
        }
    }

    /** Left by processes that were killed; only who holds the lock may. */
    private void removeUnfinished(String hash) {
        for (Path path : Trees.list(root)) {
            if (path.getFileName().toString().startsWith("." + hash + "-")) {
                Trees.remove(path);
            }
        }
    }

    /** The last used first; nothing when there is no such folder yet. */
    public List<CachedMerge> list() {
        List<CachedMerge> merges = new ArrayList<>();
        for (Path folder : Trees.list(root)) {
            if (KEY.matcher(folder.getFileName().toString()).matches()) {
                merges.add(describe(folder));
            }
        }
        merges.sort((a, b) -> b.lastUsed().compareTo(a.lastUsed()));
        return merges;
    }

    private static CachedMerge describe(Path folder) {
        String key = folder.getFileName().toString();
        MergeEntry entry = new MergeEntry(folder);
        try {
            ObjectNode madeOf = entry.madeOf();
            Instant used = Files.getLastModifiedTime(entry.record()).toInstant();
            boolean current = MergeKey.isCurrent(madeOf);
            return new CachedMerge(key, folder, Trees.bytes(folder), used, MergeKey.words(madeOf), current);
        } catch (UnusableException | IOException e) {
            return new CachedMerge(key, folder, Trees.bytes(folder), Instant.EPOCH, "damaged", false);
        }
    }

    /**
     * Removes one model. Who has mapped it keeps it where the system can do that.
     *
     * @param key or the first digits of it
     * @return the bytes that are free now
     * @throws ModelNotFoundException when there is none, or not one alone
     */
    public long remove(String key) {
        List<CachedMerge> found =
                list().stream().filter(merge -> merge.key().startsWith(key)).toList();
        if (found.size() != 1) {
            throw new ModelNotFoundException(
                    root + ": expected one merged model whose key begins with " + key + ", found " + found.size());
        }
        Trees.remove(found.getFirst().folder());
        return found.getFirst().bytes();
    }

    /**
     * Removes models that can never be used again, as the files of their base or an adapter are gone or changed, models that
     * nobody has used for so long, and what processes left that were killed.
     *
     * @param dryRun only says what it would remove
     */
    public List<CachedMerge> prune(Duration unused, boolean dryRun) {
        Instant before = Instant.now().minus(unused);
        List<CachedMerge> removed = new ArrayList<>(list().stream()
                .filter(merge -> !merge.current() || merge.lastUsed().isBefore(before))
                .toList());
        for (Path path : Trees.list(root)) {
            var unfinished = UNFINISHED.matcher(path.getFileName().toString());
            if (unfinished.matches() && isAbandoned(unfinished.group(1))) {
                removed.add(new CachedMerge(
                        unfinished.group(1), path, Trees.bytes(path), Instant.EPOCH, "unfinished", false));
            }
        }
        if (!dryRun) {
            removed.forEach(merge -> Trees.remove(merge.folder()));
        }
        return removed;
    }

    private boolean isAbandoned(String hash) {
        try (WorkLock lock = WorkLock.tryAcquire(lock(hash))) {
            return lock.isHeld();
        }
    }
}
