package io.github.hanllama.pytorch;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.support.AdapterStore;
import io.github.hanllama.core.engine.support.Decoder;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.quant.DType;
import java.util.List;

/** Cuts batches into chunks, runs them on the model's thread and hands out what was asked for on the caller's. */
final class TorchDecoder implements Decoder<TorchStorage, TorchMatrix> {
    /** Tokens that make a matrix product efficient; 16 MiB of logits. */
    static final Limits LIMITS = new Limits(512, 1 << 22);

    private final LlamaConfig config;
    private final Torch torch;
    private final TorchPlan plan;
    private final TorchWeights weights;
    private final TorchModel model;
    private final Limits limits;

    /**
     * What is done at a time.
     *
     * @param tokens of a chunk
     * @param logits that are brought over, but those of one token at least
     */
    record Limits(int tokens, int logits) {}

    TorchDecoder(LlamaConfig config, Torch torch, TorchPlan plan, TorchWeights weights, Limits limits) {
        this.limits = limits;
        this.config = config;
        this.torch = torch;
        this.plan = plan;
        this.weights = weights;
        this.model = new TorchModel(config, torch, plan, weights);
    }

    @Override
    public void run(List<PassRow<TorchStorage, TorchMatrix>> rows) {
        Chunk chunk = new Chunk(plan);
        for (PassRow<TorchStorage, TorchMatrix> row : rows) {
            int done = 0;
            while (done < row.size() && row.active()) {
                if (chunk.tokens() == limits.tokens() || !chunk.takes(row)) {
                    run(chunk);
                    chunk = new Chunk(plan);
                }
                int size = Math.min(limits.tokens() - chunk.tokens(), row.size() - done);
                chunk.add(row, done, size);
                done += size;
            }
        }
        run(chunk);
    }

    private void run(Chunk chunk) {
        if (!chunk.active()) {
            return;
        }
        List<Chunk.Place> places = chunk.places();
        try (TorchPass pass = new TorchPass(model, chunk, places)) {
            int most = Math.max(1, limits.logits() / chunk.weights().vocabularySize());
            for (int from = 0; from < places.size(); from += most) {
                emit(pass, places.subList(from, Math.min(places.size(), from + most)), from);
            }
            if (places.isEmpty()) {
                pass.run();
            }
        }
        chunk.complete();
    }

    /** @param first index of the first of these places among the wanted ones */
    private static void emit(TorchPass pass, List<Chunk.Place> places, int first) {
        float[] logits = contains(places, Output.LOGITS) ? pass.logits(first, places.size()) : new float[0];
        float[] hidden = contains(places, Output.HIDDEN) ? pass.hidden(first, places.size()) : new float[0];
        float[] oneLogits = new float[logits.length / places.size()];
        float[] oneHidden = new float[hidden.length / places.size()];
        for (int i = 0; i < places.size(); i++) {
            Chunk.Place place = places.get(i);
            float[] from = place.output() == Output.LOGITS ? logits : hidden;
            float[] one = place.output() == Output.LOGITS ? oneLogits : oneHidden;
            System.arraycopy(from, i * one.length, one, 0, one.length);
            if (place.row().active()) {
                place.row().emit(place.id(), one);
            }
        }
    }

    private static boolean contains(List<Chunk.Place> places, Output output) {
        return places.stream().anyMatch(place -> place.output() == output);
    }

    @Override
    public DType storedType() {
        return plan.cacheType().stored();
    }

    @Override
    public long bytesPerPosition() {
        return TorchMemory.cacheBytesPerPosition(config, plan.cacheType());
    }

    @Override
    public TorchStorage newStorage(int capacity) {
        return new TorchStorage(config, torch, plan, capacity);
    }

    @Override
    public AdapterStore<TorchMatrix> newAdapterStore() {
        return new TorchAdapterStore(torch, plan, weights);
    }

    @Override
    public void copy(TorchStorage from, TorchStorage to, int length) {
        to.copyFrom(from, length);
    }

    @Override
    public void close() {
        torch.close();
    }
}
