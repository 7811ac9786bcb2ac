package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchResult;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.OutputSink;
import io.github.hanllama.core.engine.RowOutcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A {@link LanguageModel} over a decoder: everything its contract promises but the arithmetic. */
public final class EngineModel<S extends KvStorage, M> implements LanguageModel {
    private final Checkpoint checkpoint;
    private final String description;
    private final Decoder<S, M> decoder;
    private final ModelGate gate = new ModelGate();
    private final Adapters<M> adapters;
    private final KvCaches<S> caches;

    /**
     * @param checkpoint asked for its identity when a cache is first exchanged, and whether adapters fit
     * @param maxKvBytes bytes that all caches may take together
     */
    public EngineModel(Checkpoint checkpoint, String description, Decoder<S, M> decoder, long maxKvBytes) {
        this.checkpoint = checkpoint;
        this.description = description;
        this.decoder = decoder;
        this.adapters = new Adapters<>(checkpoint, gate, decoder);
        this.caches = new KvCaches<>(
                gate,
                decoder,
                adapters,
                new KvExchange(checkpoint.config(), decoder.storedType(), checkpoint::identity),
                new KvBudget(maxKvBytes));
    }

    /** For a decoder over several; whoever runs it sees to it that nobody else does. */
    public Decoder<S, M> decoder() {
        return decoder;
    }

    @Override
    public LlamaConfig config() {
        return checkpoint.config();
    }

    @Override
    public String describe() {
        return description;
    }

    @Override
    public KvCache newCache(int capacity) {
        return caches.open(capacity);
    }

    @Override
    public long cacheBytes(int capacity) {
        return caches.bytes(capacity);
    }

    @Override
    public AttachedAdapter attach(List<AdapterWeights> chain) {
        return adapters.attach(chain);
    }

    @Override
    public long adapterBytes() {
        return adapters.bytes();
    }

    @Override
    public BatchResult forward(Batch batch, OutputSink sink) {
        return gate.pass(() -> caches.using(batch, claimed -> run(batch, claimed, sink)));
    }

    private BatchResult run(Batch batch, List<EngineCache<S>> claimed, OutputSink sink) {
        List<AdapterSet> sets = new ArrayList<>();
        List<PassRow<S, M>> rows = new ArrayList<>();
        Map<List<AdapterUse>, RowWeights<M>> weights = new HashMap<>();
        for (int i = 0; i < claimed.size(); i++) {
            BatchRow row = batch.rows().get(i);
            EngineCache<S> cache = claimed.get(i);
            sets.add(adapters.set(row.adapters()));
            cache.requireAdapters(sets.getLast());
            rows.add(new PassRow<>(
                    i,
                    row,
                    cache.storage(),
                    cache.length(),
                    weights.computeIfAbsent(row.adapters(), adapters::weights),
                    sink));
        }
        BatchChecks.check(rows);
        try {
            decoder.run(List.copyOf(rows));
        } catch (RuntimeException e) {
            rows.forEach(row -> row.fail(e));
        }
        return commit(rows, claimed, sets);
    }

    /** Only now do caches grow, so whatever went wrong before has nothing to undo. */
    private BatchResult commit(List<PassRow<S, M>> rows, List<EngineCache<S>> claimed, List<AdapterSet> sets) {
        List<RowOutcome> outcomes = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            PassRow<S, M> row = rows.get(i);
            if (row.completed()) {
                claimed.get(i).grow(row.size(), sets.get(i));
            }
            outcomes.add(row.outcome());
        }
        return new BatchResult(outcomes);
    }

    @Override
    public void close() {
        gate.close(() -> {
            caches.closeAll();
            adapters.closeAll();
            decoder.close();
        });
    }
}
