package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.Phase;

/** What must hold before anything runs. */
final class BatchChecks {
    private BatchChecks() {}

    /** @throws IllegalArgumentException that names the first row at fault */
    static void check(Batch batch, int vocabSize) {
        for (int i = 0; i < batch.rows().size(); i++) {
            BatchRow row = batch.rows().get(i);
            checkRoom(i, row);
            checkIds(i, row, vocabSize);
        }
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
