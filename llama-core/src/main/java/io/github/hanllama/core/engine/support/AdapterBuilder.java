package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.adapter.TensorChange.Replace;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.quant.LowRankUpdate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Copies what a chain brings into an engine's store, in the form rows are computed with. */
final class AdapterBuilder<M> {
    private final AdapterChain chain;
    private final AdapterStore<M> store;
    private final Map<String, MatrixChange<M>> matrices = new HashMap<>();
    private final Map<String, VectorChange> vectors = new HashMap<>();

    private AdapterBuilder(AdapterChain chain, AdapterStore<M> store) {
        this.chain = chain;
        this.store = store;
    }

    /** On failure the store is freed. */
    static <M> PreparedAdapter<M> build(AdapterChain chain, AdapterStore<M> store) {
        try {
            AdapterBuilder<M> builder = new AdapterBuilder<>(chain, store);
            chain.changes().forEach(builder::add);
            return new PreparedAdapter<>(chain, builder.matrices, builder.vectors, store);
        } catch (RuntimeException | Error e) {
            store.free();
            throw e;
        }
    }

    private void add(String name, List<TensorChange> changes) {
        MatrixChange<M> shared = matrices.get(TensorNames.EMBED_TOKENS);
        if (name.equals(TensorNames.LM_HEAD) && chain.tied() && shared != null) { // the embedding in its second role
            matrices.put(name, shared);
        } else if (chain.isVector(name)) {
            changes.stream()
                    .map(AdapterBuilder::vector)
                    .reduce(VectorChange::then)
                    .ifPresent(change -> vectors.put(name, change));
        } else {
            matrices.put(name, new MatrixChangeBuilder<>(store, name, changes).build());
        }
    }

    private static VectorChange vector(TensorChange change) {
        return switch (change) {
            case Replace whole -> VectorChange.replace(TensorValues.of(whole.tensor()));
            case AddLowRank pair -> {
                float[] sum = new float[(int) pair.a().info().rowLength()];
                LowRankUpdate.of(
                                TensorValues.of(pair.b()),
                                TensorValues.of(pair.a()),
                                (int) pair.a().info().rows(),
                                pair.scale())
                        .addTo(sum, 0, 1);
                yield VectorChange.add(sum);
            }
        };
    }
}
