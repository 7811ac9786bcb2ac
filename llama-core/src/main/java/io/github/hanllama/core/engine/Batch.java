package io.github.hanllama.core.engine;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Rows that run together; each cache occurs at most once. */
public record Batch(List<BatchRow> rows) {
    public Batch {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a batch needs at least one row");
        }
        Set<KvCache> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (BatchRow row : rows) {
            if (!seen.add(row.cache())) {
                throw new IllegalArgumentException("the same cache occurs twice in one batch");
            }
        }
    }

    public static Batch of(BatchRow... rows) {
        return new Batch(List.of(rows));
    }
}
