package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;

/** Where a generation gets the cache of its prompt, and brings it back unless it fails. */
interface CacheStore {
    /** A cache with room for so many positions that holds a beginning of the prompt, its last id never among them. */
    KvCache take(int[] prompt, int capacity);

    /** Takes back a cache that {@link #take} gave; {@code ids} begins with what it holds. */
    void giveBack(KvCache cache, int[] ids);

    /** A new cache for each generation. */
    static CacheStore fresh(LanguageModel model) {
        return new CacheStore() {
            @Override
            public KvCache take(int[] prompt, int capacity) {
                return model.newCache(capacity);
            }

            @Override
            public void giveBack(KvCache cache, int[] ids) {
                cache.close();
            }
        };
    }
}
