package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.Phase;
import java.util.List;

/** What must hold before anything runs. */
final class BatchChecks {
    private BatchChecks() {}

    /** @throws IllegalArgumentException that names the first row at fault */
    static void check(List<? extends PassRow<?, ?>> rows) {
        rows.forEach(row -> {
            checkRoom(row.index(), row.row());
            checkIds(row.index(), row.row(), row.weights().vocabularySize());
        });
    }

    private static void checkRoom(int index, BatchRow row) {
        KvCache cache = row.cache();
        long end = (long) cache.length() + row.size();
        if (end > cache.capacity()) {
            throw new IllegalArgumentException("row " + index + ": the cache has room for " + cache.capacity()
                    + " positions, holds " + cache.length() + " and cannot take " + row.size() + " more");
        }
        if (row.phase() == Phase.PROMPT && row.promptLength() < end) {
            throw new IllegalArgumentException("row " + index + ": promptLength must be >= " + end
                    + ", where this row ends, was " + row.promptLength());
        }
    }

    private static void checkIds(int index, BatchRow row, int vocabSize) {
        for (int i = 0; i < row.size(); i++) {
            int id = row.id(i);
            if (id < 0 || id >= vocabSize) {
                throw new IllegalArgumentException(
                        "row " + index + ", id " + i + ": expected 0.." + (vocabSize - 1) + ", found " + id);
            }
        }
    }
}
