package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Keeps one cache from prompt to prompt, so that only what is new is read. It grows by being replaced: then the whole
 * prompt is read again, but that happens rarely, as capacities double. Thread-safe.
 */
final class PrefixCache implements CacheStore, AutoCloseable {
    private static final int SMALLEST = 256;

    private final LanguageModel model;
    private final int maxCapacity;
    private Optional<KvCache> kept = Optional.empty();
    private int[] ids = {};
    private List<AdapterUse> adapters = List.of();
    private boolean closed;

    PrefixCache(LanguageModel model, int maxCapacity) {
        this.model = model;
        this.maxCapacity = maxCapacity;
    }

    /** Says which adapters come next; what was read with others is of no use to them. */
    synchronized void use(List<AdapterUse> next) {
        if (!next.equals(adapters)) {
            ids = new int[0];
            adapters = next;
        }
    }

    @Override
    public synchronized KvCache take(int[] prompt, int capacity) {
        if (kept.isPresent() && kept.get().capacity() < capacity) {
            drop();
        }
        KvCache cache = kept.orElseGet(() -> model.newCache(roomy(capacity)));
        kept = Optional.empty();
        cache.truncate(Math.min(cache.length(), commonPrefix(prompt)));
        return cache;
    }

    @Override
    public synchronized void giveBack(KvCache cache, int[] idsInIt) {
        kept = Optional.of(cache);
        if (closed) {
            drop();
        } else {
            ids = Arrays.copyOf(idsInIt, cache.length());
        }
    }

    /** The last id of a prompt must be run again, for its logits. */
    private int commonPrefix(int[] prompt) {
        int different = Arrays.mismatch(ids, prompt);
        return Math.min(different < 0 ? prompt.length : different, prompt.length - 1);
    }

    private int roomy(int capacity) {
        long doubled = Math.max(SMALLEST, (long) Integer.highestOneBit(capacity) * 2);
        return (int) Math.min(maxCapacity, doubled);
    }

    private void drop() {
        kept.ifPresent(KvCache::close);
        kept = Optional.empty();
        ids = new int[0];
    }

    @Override
    public synchronized void close() {
        closed = true;
        drop();
    }
}
