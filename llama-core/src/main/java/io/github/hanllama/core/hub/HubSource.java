package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.LockedSource;
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * A model or an adapter on a hub. Resolving it fetches what the cache does not hold, verified; of the files of a repository
 * only those of its model, unless others are named.
 *
 * <pre>{@code
 * try (Generator alpaca = Llama.from(HubSource.of("meta-llama/Llama-2-7b-hf"))
 *         .adapt(HubSource.of("hfl/chinese-alpaca-2-lora-7b"))
 *         .load()) {
 *     System.out.println(alpaca.generate("你好").text());
 * }
 * }</pre>
 */
public final class HubSource implements ModelSource {
    private final HubId id;
    private final HubOptions options;
    private final FileSelection selection;

    private HubSource(HubId id, HubOptions options, FileSelection selection) {
        this.id = id;
        this.options = options;
        this.selection = selection;
    }

    /**
     * What {@link HubId#parse} reads, from a hub as the environment describes it.
     *
     * @throws IllegalArgumentException when the text is no id, or a variable of the environment holds what it cannot
     */
    public static HubSource of(String id) {
        HubId parsed = HubId.parse(id);
        return of(parsed, HubOptions.fromEnvironment(parsed.hub()));
    }

    /** @throws IllegalArgumentException when id and options are about different hubs */
    public static HubSource of(HubId id, HubOptions options) {
        if (id.hub() != options.hub()) {
            throw new IllegalArgumentException(id + " is not on " + options.hub());
        }
        return new HubSource(id, options, new FileSelection(id.file(), List.of(), Map.of()));
    }

    /** The same repository at another revision: a branch, a tag or a commit. */
    public HubSource revision(String value) {
        return new HubSource(id.revision(value), options, selection);
    }

    /** These files and no others; {@code *} stands for anything, {@code ?} for one character. */
    public HubSource files(String... patterns) {
        return new HubSource(id, options, new FileSelection(Optional.empty(), List.of(patterns), selection.expected()));
    }

    /**
     * Only if these files, where the repository has them, have these SHA-256: another is refused before anything is fetched.
     * Files in git itself have no SHA-256 before they are here.
     */
    public HubSource expecting(Map<String, String> sha256) {
        return new HubSource(id, options, new FileSelection(selection.file(), selection.patterns(), sha256));
    }

    public HubId id() {
        return id;
    }

    @Override
    public HubSource pinned(ModelLock lock) {
        LockedSource locked = lock.ofHub(id.toString());
        HubSource source = locked.commit().map(this::revision).orElse(this);
        return source.files(locked.sha256().keySet().toArray(String[]::new)).expecting(locked.sha256());
    }

    @Override
    public String describe() {
        return id.toString();
    }

    /** From the cache when all of it is there, else from the hub, a request for each read. */
    @Override
    public FileRanges headers() {
        RepoCache cache = new RepoCache(options.cache(), id.repo(), options.symlinks());
        Optional<HubSnapshot> cached = CachedSnapshot.find(id, selection, cache);
        if (options.offline() || cached.isPresent()) {
            return cached.orElseGet(() -> resolve(ProgressListener.NONE, new Cancellation()));
        }
        HubConnection connection = HubConnection.open(options); // ends when nobody reads any more
        try {
            Listing listing = connection.list(id, cache, false, new Cancellation());
            SortedSet<String> names = selection.choose(listing.files().keySet(), id.toString());
            return new HubRanges(connection, id, cache, listing, names);
        } catch (IOException e) {
            throw new HubException(
                    e.getMessage() + "; check the network, or name a mirror (HF_ENDPOINT) or a proxy (HTTPS_PROXY)", e);
        }
    }

    /**
     * Brings the files into the cache.
     *
     * @throws io.github.hanllama.core.error.LlamaException when that cannot be done
     * @throws java.util.concurrent.CancellationException when cancelled or interrupted; what has arrived is kept for the
     *     next time
     */
    @Override
    public HubSnapshot resolve(ProgressListener listener, Cancellation cancellation) {
        return new Pull(id, selection, options, listener, cancellation).run();
    }

    @Override
    public String toString() {
        return describe();
    }
}
