package io.github.hanllama.core.engine.hybrid;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.hybrid.HybridStorage.Side;
import io.github.hanllama.core.engine.support.AdapterStore;
import io.github.hanllama.core.engine.support.Decoder;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.core.engine.support.KvStorage;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Runs rows of prompts on one engine and the others on another. */
final class HybridDecoder<P extends KvStorage, A, G extends KvStorage, B>
        implements Decoder<HybridStorage<P, G>, HybridMatrix<A, B>> {
    private final LlamaConfig config;
    private final EngineModel<P, A> prompts;
    private final EngineModel<G, B> generated;

    /** Owns both models. */
    HybridDecoder(LlamaConfig config, EngineModel<P, A> prompts, EngineModel<G, B> generated) {
        this.config = config;
        this.prompts = prompts;
        this.generated = generated;
    }

    @Override
    public long bytesPerPosition() {
        return prompts.decoder().bytesPerPosition() + generated.decoder().bytesPerPosition();
    }

    @Override
    public DType storedType() {
        DType type = prompts.decoder().storedType();
        return type == generated.decoder().storedType() ? type : DType.F32;
    }

    @Override
    public HybridStorage<P, G> newStorage(int capacity) {
        P first = prompts.decoder().newStorage(capacity);
        try {
            return new HybridStorage<>(config, first, generated.decoder().newStorage(capacity));
        } catch (RuntimeException | Error e) {
            first.free();
            throw e;
        }
    }

    @Override
    public void copy(HybridStorage<P, G> from, HybridStorage<P, G> to, int length) {
        copy(prompts.decoder(), from.prompts(), to.prompts(), length);
        copy(generated.decoder(), from.generated(), to.generated(), length);
    }

    private static <S extends KvStorage> void copy(Decoder<S, ?> decoder, Side<S> from, Side<S> to, int length) {
        int filled = Math.min(from.filled(), length);
        decoder.copy(from.storage(), to.storage(), filled);
        to.filled(filled);
    }

    @Override
    public AdapterStore<HybridMatrix<A, B>> newAdapterStore() {
        return new HybridAdapterStore<>(
                prompts.decoder().newAdapterStore(), generated.decoder().newAdapterStore());
    }

    /** Neighbours of one phase together, so that outputs come in the order of the batch. */
    @Override
    public void run(List<PassRow<HybridStorage<P, G>, HybridMatrix<A, B>>> rows) {
        int from = 0;
        while (from < rows.size()) {
            Phase phase = rows.get(from).phase();
            int to = from + 1;
            while (to < rows.size() && rows.get(to).phase() == phase) {
                to++;
            }
            run(phase, rows.subList(from, to));
            from = to;
        }
    }

    private void run(Phase phase, List<PassRow<HybridStorage<P, G>, HybridMatrix<A, B>>> rows) {
        try {
            switch (phase) {
                case PROMPT -> run(prompts.decoder(), rows, HybridStorage::prompts, HybridMatrix::prompts);
                case GENERATED -> run(generated.decoder(), rows, HybridStorage::generated, HybridMatrix::generated);
            }
        } catch (RuntimeException e) {
            rows.forEach(row -> row.fail(e)); // those of the other engine go on
        }
    }

    private static <S extends KvStorage, N, H extends HybridStorage<?, ?>, M> void run(
            Decoder<S, N> decoder, List<PassRow<H, M>> rows, Function<H, Side<S>> side, Function<M, N> matrix) {
        Map<RowWeights<M>, RowWeights<N>> weights = new IdentityHashMap<>(); // rows share them
        List<PassRow<S, N>> itsRows = new ArrayList<>();
        for (PassRow<H, M> row : rows) {
            Side<S> its = side.apply(row.storage());
            row.storage().begin(its, row.position(0));
            itsRows.add(row.on(its.storage(), weights.computeIfAbsent(row.weights(), adapted -> adapted.map(matrix))));
        }
        decoder.run(itsRows);
        for (PassRow<H, M> row : rows) {
            if (row.completed()) {
                side.apply(row.storage()).filled(row.position(row.size()));
            }
        }
    }

    @Override
    public void close() {
        try (prompts) {
            generated.close();
        }
    }
}
