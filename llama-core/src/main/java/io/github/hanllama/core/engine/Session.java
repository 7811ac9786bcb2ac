package io.github.hanllama.core.engine;

import io.github.hanllama.core.progress.Cancellation;
import java.util.List;

/** One cache and the simplest way to run it. Belongs to one thread. */
public final class Session implements AutoCloseable {
    private final LanguageModel model;
    private final KvCache cache;
    private final List<AdapterUse> adapters;

    Session(LanguageModel model, KvCache cache, List<AdapterUse> adapters) {
        this.model = model;
        this.cache = cache;
        this.adapters = adapters;
    }

    public KvCache cache() {
        return cache;
    }

    /** Positions filled so far. */
    public int position() {
        return cache.length();
    }

    /** Runs prompt ids and returns the logits after the last. */
    public float[] prefill(int... ids) {
        return run(BatchRow.prompt(cache, ids));
    }

    /** As {@link #prefill(int...)}, given up with a {@code CancellationException} when the switch is thrown. */
    public float[] prefill(int[] ids, Cancellation cancellation) {
        return run(BatchRow.prompt(cache, ids).cancellation(cancellation));
    }

    /** Runs one generated id and returns the logits after it. */
    public float[] decode(int id) {
        return run(BatchRow.generated(cache, id));
    }

    private float[] run(BatchRow row) {
        float[][] logits = new float[1][];
        model.forward(Batch.of(row.adapters(adapters)), (index, position, output, values) -> logits[0] = values.clone())
                .requireCompleted();
        return logits[0];
    }

    @Override
    public void close() {
        cache.close();
    }
}
