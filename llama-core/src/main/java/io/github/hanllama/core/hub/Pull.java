package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** Brings the files of a repository into the cache and says where they are. */
final class Pull {
    private static final System.Logger LOG = System.getLogger(Pull.class.getPackageName());

    private final HubId id;
    private final FileSelection selection;
    private final HubOptions options;
    private final RepoCache cache;
    private final ProgressListener listener;
    private final Cancellation cancellation;

    Pull(HubId id, FileSelection selection, HubOptions options, ProgressListener listener, Cancellation cancellation) {
        this.id = id;
        this.selection = selection;
        this.options = options;
        this.cache = new RepoCache(options.cache(), id.repo(), options.symlinks());
        this.listener = listener;
        this.cancellation = cancellation;
    }

    HubSnapshot run() {
        cancellation.throwIfCancelled();
        Optional<HubSnapshot> cached = CachedSnapshot.find(id, selection, cache);
        if (options.offline()) {
            return cached.orElseThrow(() -> new HubException(id
                    + ": not all of it is in the cache " + options.cache() + ", and offline (HF_HUB_OFFLINE) nothing is"
                    + " fetched"));
        }
        if (cached.isPresent() && Etag.isCommit(id.revision())) {
            return cached.get();
        }
        try (HubConnection connection = HubConnection.open(options)) {
            return fetch(connection, cached);
        } catch (FileSystemException e) {
            throw new BackendException(options.cache() + ": the cache cannot be written: " + e, e);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private HubSnapshot fetch(HubConnection connection, Optional<HubSnapshot> cached) throws IOException {
        Listing listing;
        try {
            listing = connection.list(id, cache, cached.isPresent(), cancellation);
        } catch (IOException e) {
            return stale(cached.orElseThrow(() -> unreachable(e)), e);
        }
        return fetch(connection, listing);
    }

    private HubSnapshot stale(HubSnapshot snapshot, IOException cause) {
        LOG.log(Level.WARNING, "{0}; using what is in the cache, commit {1}", cause.getMessage(), snapshot.commit());
        return snapshot;
    }

    private HubException unreachable(IOException cause) {
        return new HubException(
                cause.getMessage() + "; check the network, or name a mirror (HF_ENDPOINT) or a proxy (HTTPS_PROXY)",
                cause);
    }

    private HubSnapshot fetch(HubConnection connection, Listing listing) throws IOException {
        SortedSet<String> names = selection.choose(listing.files().keySet(), id.toString());
        requireDistinct(names);
        selection.requireExpected(listing, id.toString());
        List<RepoFile> missing = names.stream()
                .map(listing.files()::get)
                .filter(file -> cache.file(listing.commit(), file).isEmpty())
                .toList();
        long total = missing.stream().mapToLong(RepoFile::size).reduce(0, Pull::saturatedSum);
        PullProgress progress = new PullProgress(listener, total);
        if (!missing.isEmpty()) {
            CacheFolder.prepare(options.cache());
            fetch(connection, listing, missing, progress);
        }
        remember(listing);
        return snapshot(listing, names, progress.received());
    }

    private static long saturatedSum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private void requireDistinct(SortedSet<String> names) {
        RepoPaths.twins(names)
                .filter(twins -> FileSystemProbe.mixesCases(cache.folder()))
                .ifPresent(twins -> {
                    throw new BackendException(id + ": holds " + Headers.printable(twins)
                            + ", which this file system takes for one; choose another disk (HF_HOME)");
                });
    }

    private void fetch(HubConnection connection, Listing listing, List<RepoFile> missing, PullProgress progress)
            throws IOException {
        Workers workers = new Workers("hub-file", options.transfer().files(), cancellation);
        try {
            workers.run(missing.stream()
                    .<Workers.Task>map(file -> stop -> fetch(connection, listing, file, progress, stop))
                    .toList());
        } catch (Workers.Failed e) {
            switch (e.reason()) {
                case IOException io -> throw io;
                case LlamaException known -> throw known;
                case RuntimeException other -> throw other;
                default -> throw new BackendException(id + ": cannot be fetched: " + e.reason(), e);
            }
        }
    }

    private void fetch(
            HubConnection connection, Listing listing, RepoFile file, PullProgress progress, Cancellation stop)
            throws IOException {
        RepoFile confirmed = connection.protocol().confirm(id, listing, file, stop);
        new BlobDownload(
                        connection.http(),
                        cache,
                        id.repo(),
                        listing.commit(),
                        confirmed,
                        connection.protocol().location(id, listing, file.path()),
                        progress,
                        stop)
                .run();
    }

    /** So that it can be found again without a network. A cache that is read-only need not know. */
    private void remember(Listing listing) {
        try {
            if (listing.complete()
                    && TreeFile.read(cache.tree(listing.commit()), listing.commit())
                            .isEmpty()) {
                cache.write(cache.tree(listing.commit()), TreeFile.bytes(listing));
            }
            cache.ref(id.revision(), listing.commit());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "{0}: not remembered: {1}", id, e);
        }
    }

    private HubSnapshot snapshot(Listing listing, SortedSet<String> names, long received) {
        SortedMap<String, Path> paths = new TreeMap<>();
        for (String name : names) {
            paths.put(name, cache.snapshot(listing.commit()).resolve(name));
        }
        return new HubSnapshot(
                id, listing.commit(), cache.snapshot(listing.commit()), paths, listing.files(), received);
    }
}
