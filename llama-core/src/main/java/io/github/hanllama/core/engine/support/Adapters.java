package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.AdapterUse;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** All open adapters of a model. Thread-safe. */
final class Adapters<M> {
    private final Checkpoint base;
    private final ModelGate gate;
    private final Decoder<?, M> decoder;
    private final RowWeights<M> plain;
    private final Set<EngineAdapter<M>> open = Collections.newSetFromMap(new IdentityHashMap<>()); // guarded by this

    Adapters(Checkpoint base, ModelGate gate, Decoder<?, M> decoder) {
        this.base = base;
        this.gate = gate;
        this.decoder = decoder;
        this.plain = RowWeights.of(base.config(), List.of());
    }

    /** Reads the adapters while passes go on. */
    EngineAdapter<M> attach(List<AdapterWeights> weights) {
        gate.requireOpen();
        EngineAdapter<M> adapter = prepare(weights);
        if (!register(adapter)) {
            adapter.prepared().free();
            gate.requireOpen();
        }
        return adapter;
    }

    private EngineAdapter<M> prepare(List<AdapterWeights> weights) {
        try {
            AdapterChain chain = AdapterChain.of(base, weights);
            String identity = AdapterIdentity.of(chain);
            return new EngineAdapter<>(this, chain, AdapterBuilder.build(chain, decoder.newAdapterStore()), identity);
        } catch (IllegalStateException e) {
            gate.requireOpen(); // the model may have been closed below the one who reads its rows
            throw e;
        }
    }

    /** Against closeAll: an adapter is either refused or closed with the others. */
    private synchronized boolean register(EngineAdapter<M> adapter) {
        return !gate.isClosed() && open.add(adapter);
    }

    /** What a cache filled with these is bound to. */
    AdapterSet set(List<AdapterUse> uses) {
        if (uses.isEmpty()) {
            return AdapterSet.NONE;
        }
        return new AdapterSet(sorted(uses).stream()
                .map(use -> new AdapterSet.Entry(
                        own(use).identity(), use.weight(), use.adapter().origin()))
                .toList());
    }

    /** By content: neither the order of the caller nor that of attaching shows in a result. */
    private List<AdapterUse> sorted(List<AdapterUse> uses) {
        return uses.size() < 2
                ? uses
                : uses.stream()
                        .sorted(Comparator.comparing(use -> own(use).identity()))
                        .toList();
    }

    /** The base's weights as a row with these adapters sees them. */
    RowWeights<M> weights(List<AdapterUse> uses) {
        if (uses.isEmpty()) {
            return plain;
        }
        return RowWeights.of(
                base.config(),
                sorted(uses).stream()
                        .map(use -> RowWeights.Part.of(own(use), use.weight()))
                        .toList());
    }

    @SuppressWarnings("unchecked") // an adapter of this registry was prepared by this decoder
    private EngineAdapter<M> own(AdapterUse use) {
        if (use.adapter() instanceof EngineAdapter<?> known && known.belongsTo(this)) {
            gate.requireOpen();
            known.requireOpen();
            return (EngineAdapter<M>) known;
        }
        throw new IllegalArgumentException(
                "the adapter " + use.adapter().origin() + " is attached to another model; attach it to this one");
    }

    synchronized long bytes() {
        return open.stream().mapToLong(EngineAdapter::bytes).sum();
    }

    /** Waits for the pass in flight, which may use it. */
    void close(EngineAdapter<M> adapter) {
        gate.betweenPasses("close", () -> free(adapter));
    }

    void closeAll() {
        List<EngineAdapter<M>> remaining;
        synchronized (this) {
            remaining = List.copyOf(open);
        }
        remaining.forEach(this::free);
    }

    private void free(EngineAdapter<M> adapter) {
        adapter.markClosed();
        boolean first;
        synchronized (this) {
            first = open.remove(adapter);
        }
        if (first) {
            adapter.prepared().free();
        }
    }
}
