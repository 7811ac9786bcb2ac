package io.github.hanllama.core;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchResult;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.OutputSink;
import java.util.List;

/**
 * A model that closes its checkpoint after itself. The weights are not needed any more, but the identity that exchanged
 * caches carry is computed from the files, and only when a cache is first exchanged.
 */
final class OwningModel implements LanguageModel {
    private final LanguageModel model;
    private final Checkpoint checkpoint;

    OwningModel(LanguageModel model, Checkpoint checkpoint) {
        this.model = model;
        this.checkpoint = checkpoint;
    }

    @Override
    public LlamaConfig config() {
        return model.config();
    }

    @Override
    public String describe() {
        return model.describe();
    }

    @Override
    public KvCache newCache(int capacity) {
        return model.newCache(capacity);
    }

    @Override
    public long cacheBytes(int capacity) {
        return model.cacheBytes(capacity);
    }

    @Override
    public AttachedAdapter attach(List<AdapterWeights> chain) {
        return model.attach(chain);
    }

    @Override
    public long adapterBytes() {
        return model.adapterBytes();
    }

    @Override
    public BatchResult forward(Batch batch, OutputSink sink) {
        return model.forward(batch, sink);
    }

    @Override
    public void close() {
        try (checkpoint) {
            model.close();
        }
    }
}
