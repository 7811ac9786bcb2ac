package io.github.hanllama.core.fake;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchResult;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.OutputSink;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.RowOutcome;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A model whose logits are a function of the ids so far, and which counts what is open. */
public final class FakeModel implements LanguageModel {
    private final LlamaConfig config;
    private final Script script;
    private final Set<FakeCache> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger mostOpen = new AtomicInteger();
    private final List<Integer> batchSizes = new CopyOnWriteArrayList<>();
    private volatile Consumer<BatchRow> beforeRow = row -> {};
    private volatile boolean closed;

    /** What the model says. */
    @FunctionalInterface
    public interface Script {
        /**
         * @param ids everything in the cache
         * @param generated how many of them were generated
         */
        float[] logits(List<Integer> ids, int generated);
    }

    public FakeModel(LlamaConfig config, Script script) {
        this.config = config;
        this.script = script;
    }

    /** Says these ids, one after the other, whatever the prompt. */
    public static FakeModel saying(int vocabSize, int... ids) {
        return new FakeModel(config(vocabSize), (all, generated) -> {
            float[] logits = new float[vocabSize];
            logits[ids[generated]] = 10;
            return logits;
        });
    }

    /** Says anything, depending on every id before. */
    public static FakeModel babbling(int vocabSize) {
        return new FakeModel(config(vocabSize), (ids, generated) -> {
            java.util.Random random = new java.util.Random(ids.hashCode());
            float[] logits = new float[vocabSize];
            for (int id = 0; id < vocabSize; id++) {
                logits[id] = (float) random.nextGaussian();
            }
            return logits;
        });
    }

    public static LlamaConfig config(int vocabSize) {
        return LlamaConfig.builder()
                .vocabSize(vocabSize)
                .hiddenSize(8)
                .numAttentionHeads(2)
                .build();
    }

    /** Runs before each row, on the thread that runs it. */
    public FakeModel beforeRow(Consumer<BatchRow> action) {
        beforeRow = action;
        return this;
    }

    public int openCaches() {
        return open.size();
    }

    /** The most caches that were ever open at the same time. */
    public int mostOpenCaches() {
        return mostOpen.get();
    }

    /** How many rows each pass had. */
    public List<Integer> batchSizes() {
        return batchSizes;
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public String describe() {
        return "fake";
    }

    @Override
    public KvCache newCache(int capacity) {
        requireOpen();
        FakeCache cache = new FakeCache(capacity);
        open.add(cache);
        mostOpen.accumulateAndGet(open.size(), Math::max);
        return cache;
    }

    @Override
    public long cacheBytes(int capacity) {
        return capacity;
    }

    @Override
    public AttachedAdapter attach(List<AdapterWeights> chain) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long adapterBytes() {
        return 0;
    }

    @Override
    public BatchResult forward(Batch batch, OutputSink sink) {
        requireOpen();
        batchSizes.add(batch.rows().size());
        List<RowOutcome> outcomes = new ArrayList<>();
        for (int index = 0; index < batch.rows().size(); index++) {
            outcomes.add(run(index, batch.rows().get(index), sink));
        }
        return new BatchResult(outcomes);
    }

    private RowOutcome run(int index, BatchRow row, OutputSink sink) {
        FakeCache cache = (FakeCache) row.cache();
        if (!open.contains(cache)) {
            throw new IllegalStateException("cache is closed");
        }
        if (cache.length() + row.size() > cache.capacity()) {
            throw new IllegalArgumentException("cache is too short");
        }
        for (int position = 0; position < row.size(); position++) {
            if (row.id(position) >= config.vocabSize()) {
                throw new IllegalArgumentException("id " + row.id(position) + " is outside the vocabulary");
            }
        }
        try {
            beforeRow.accept(row);
        } catch (RuntimeException e) {
            return new RowOutcome.Failed(e);
        }
        if (row.cancellation().isCancelled()) {
            return new RowOutcome.Cancelled();
        }
        for (int position = 0; position < row.size(); position++) {
            cache.ids.add(row.id(position));
            cache.generated += row.phase() == Phase.GENERATED ? 1 : 0;
            if (row.output(position) == Output.LOGITS) {
                sink.accept(index, position, Output.LOGITS, script.logits(List.copyOf(cache.ids), cache.generated));
            }
        }
        return new RowOutcome.Completed();
    }

    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("model is closed");
        }
    }

    private final class FakeCache implements KvCache {
        private final int capacity;
        private final List<Integer> ids = new ArrayList<>();
        private int generated;

        FakeCache(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public int length() {
            return ids.size();
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public void truncate(int length) {
            ids.subList(length, ids.size()).clear();
            generated = 0; // of a new turn
        }

        @Override
        public KvCache fork() {
            FakeCache copy = (FakeCache) newCache(capacity);
            copy.ids.addAll(ids);
            copy.generated = generated;
            return copy;
        }

        @Override
        public void exportTo(int from, int to, WritableByteChannel channel) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void importFrom(ReadableByteChannel channel, AdapterUse... adapters) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }
}
