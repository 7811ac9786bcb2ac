package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchResult;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.OutputSink;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.quant.Kernels;
import java.time.Duration;
import java.util.Optional;

/**
 * Runs tokens that nobody asked for, so that the JVM has compiled the kernels of this model's types when somebody asks:
 * until they are as fast as only compiled code is and get no faster, for some seconds at most; what the compiler has begun by
 * then it ends on its own.
 */
final class WarmUp {
    private static final Duration MOST = Duration.ofSeconds(5);
    /** A round that takes this part of the fastest before it is faster. */
    private static final double FASTER = 0.9;
    /** Rounds in a row that are not. */
    private static final int SETTLED = 10;
    /** Multiplications a nanosecond that vectors come to once compiled; where the first compiler only has been, 0.14 and fewer. */
    private static final double COMPILED = 0.5;
    /** Multiplications of a token below which other things take the time, whatever compiled them. */
    private static final long ENOUGH = 1_000_000;

    private static final int PROMPT = 8;
    private static final int GENERATED = 8;

    private final LanguageModel model;
    private final Cancellation asked;
    private final Cancellation limit;
    private final long multiplications;

    private WarmUp(LanguageModel model, long multiplications, Cancellation asked) {
        this.model = model;
        this.multiplications = multiplications;
        this.asked = asked;
        this.limit = asked.child(Optional.of(MOST));
    }

    /**
     * @param multiplications of a generated token
     * @throws java.util.concurrent.CancellationException when cancelled through the options
     */
    static void run(LanguageModel model, long multiplications, EngineOptions options) {
        int positions = PROMPT + GENERATED;
        if (model.cacheBytes(positions) > options.maxKvBytes()) {
            return;
        }
        try (KvCache cache = model.newCache(positions)) {
            new WarmUp(model, multiplications, options.cancellation()).run(cache);
        }
    }

    private void run(KvCache cache) {
        long fastest = Long.MAX_VALUE;
        int settled = 0;
        while ((settled < SETTLED || !compiled(fastest)) && !limit.isCancelled()) {
            long nanos = round(cache);
            settled = nanos < FASTER * fastest ? 0 : settled + 1;
            fastest = Math.min(fastest, nanos);
        }
    }

    private boolean compiled(long nanos) {
        return !Kernels.simd() || multiplications < ENOUGH || GENERATED * multiplications >= COMPILED * nanos;
    }

    /**
     * A short prompt and a few generated tokens, which run on other kernels.
     *
     * @return nanoseconds of the latter, which have fewer calls to be compiled after
     */
    private long round(KvCache cache) {
        cache.truncate(0);
        forward(BatchRow.prompt(cache, new int[PROMPT]));
        long start = System.nanoTime();
        for (int i = 0; i < GENERATED; i++) {
            forward(BatchRow.generated(cache, 0));
        }
        return System.nanoTime() - start;
    }

    private void forward(BatchRow row) {
        BatchResult result = model.forward(Batch.of(row.cancellation(limit)), OutputSink.NONE);
        asked.throwIfCancelled();
        if (!limit.isCancelled()) {
            result.requireCompleted();
        }
    }
}
