package io.github.hanllama.pytorch;

import ai.djl.ndarray.NDArray;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.RotaryEmbedding;
import io.github.hanllama.core.engine.support.AdapterStore;
import io.github.hanllama.core.engine.support.Decoder;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder in calls of {@code NDArray}, f32 on the processor, row by row: what {@link DecoderScript} does, easier to read
 * and slower. It runs where libtorch takes no scripts, and beside the scripts in tests.
 */
final class EagerDecoder implements Decoder<EagerStorage, NDArray> {
    /** Few, since their logits are held together. */
    private static final int CHUNK = 64;

    private final LlamaConfig config;
    private final Torch torch;
    private final EagerWeights weights;
    private final RotaryEmbedding rotary;

    EagerDecoder(Checkpoint checkpoint, EngineOptions options, Torch torch) {
        this.config = checkpoint.config();
        this.torch = torch;
        this.weights = new EagerWeights(checkpoint, options, torch);
        this.rotary = RotaryEmbedding.of(config);
    }

    @Override
    public void run(List<PassRow<EagerStorage, NDArray>> rows) {
        for (PassRow<EagerStorage, NDArray> row : rows) {
            try {
                run(row);
            } catch (RuntimeException e) {
                row.fail(e);
            }
        }
    }

    private void run(PassRow<EagerStorage, NDArray> row) {
        for (int from = 0; from < row.size() && row.active(); from += CHUNK) {
            int first = from;
            int to = Math.min(row.size(), from + CHUNK);
            emit(row, wanted(row, from, to), torch.call(scope -> {
                return new EagerPass(config, weights, rotary, scope, row, first, to).outputs();
            }));
        }
        if (row.active()) {
            row.complete();
        }
    }

    private static List<Integer> wanted(PassRow<EagerStorage, NDArray> row, int from, int to) {
        List<Integer> ids = new ArrayList<>();
        for (int i = from; i < to; i++) {
            if (row.output(i) != Output.NONE) {
                ids.add(i);
            }
        }
        return ids;
    }

    private static void emit(PassRow<EagerStorage, NDArray> row, List<Integer> ids, List<float[]> outputs) {
        for (int i = 0; i < ids.size() && row.active(); i++) {
            row.emit(ids.get(i), outputs.get(i));
        }
    }

    @Override
    public DType storedType() {
        return DType.F32;
    }

    @Override
    public long bytesPerPosition() {
        return 2L * Float.BYTES * config.numHiddenLayers() * config.keyValueWidth();
    }

    @Override
    public EagerStorage newStorage(int capacity) {
        return new EagerStorage(config, torch, capacity);
    }

    @Override
    public void copy(EagerStorage from, EagerStorage to, int length) {
        to.copyFrom(from, length);
    }

    @Override
    public AdapterStore<NDArray> newAdapterStore() {
        return new EagerAdapterStore(torch, weights);
    }

    @Override
    public void close() {
        torch.close();
    }
}
