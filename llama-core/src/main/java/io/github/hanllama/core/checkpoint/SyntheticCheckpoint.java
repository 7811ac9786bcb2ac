package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.BlockCodec;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import io.github.hanllama.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Random weights of a model's real dimensions: as fast or slow as the real one, and nothing to download. What it writes is
 * noise.
 */
public final class SyntheticCheckpoint implements Checkpoint {
    private final LlamaConfig config;
    private final Function<TensorInfo, DType> types;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private SyntheticCheckpoint(LlamaConfig config, Function<TensorInfo, DType> types) {
        this.config = config;
        this.types = types;
        add(TensorNames.EMBED_TOKENS, config.vocabSize(), config.hiddenSize());
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            addLayer(layer);
        }
        add(TensorNames.NORM, config.hiddenSize());
        if (!config.tieWordEmbeddings()) {
            add(TensorNames.LM_HEAD, config.vocabSize(), config.hiddenSize());
        }
    }

    /** @param types the type of a tensor, which it is shown as f32 */
    public static SyntheticCheckpoint of(LlamaConfig config, Function<TensorInfo, DType> types) {
        return new SyntheticCheckpoint(config, types);
    }

    private void addLayer(int layer) {
        long hidden = config.hiddenSize();
        add(TensorNames.weight(layer, Module.INPUT_LAYERNORM), hidden);
        add(TensorNames.weight(layer, Module.Q_PROJ), config.queryWidth(), hidden);
        add(TensorNames.weight(layer, Module.K_PROJ), config.keyValueWidth(), hidden);
        add(TensorNames.weight(layer, Module.V_PROJ), config.keyValueWidth(), hidden);
        add(TensorNames.weight(layer, Module.O_PROJ), hidden, config.queryWidth());
        add(TensorNames.weight(layer, Module.POST_ATTENTION_LAYERNORM), hidden);
        add(TensorNames.weight(layer, Module.GATE_PROJ), config.intermediateSize(), hidden);
        add(TensorNames.weight(layer, Module.UP_PROJ), config.intermediateSize(), hidden);
        add(TensorNames.weight(layer, Module.DOWN_PROJ), hidden, config.intermediateSize());
    }

    private void add(String name, long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        TensorInfo info = new TensorInfo(name, dimensions, DType.F32);
        tensors.put(name, new TensorInfo(name, dimensions, types.apply(info)));
    }

    @Override
    public String origin() {
        return "synthetic";
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return Optional.empty();
    }

    @Override
    public List<TensorInfo> tensors() {
        return List.copyOf(tensors.values());
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public Tensor tensor(String name) {
        TensorInfo info = tensors.get(name);
        if (info == null) {
            throw new IllegalArgumentException(origin() + " has no tensor " + name);
        }
        return new RandomTensor(info);
    }

    @Override
    public List<Path> weightFiles() {
        return List.of();
    }

    @Override
    public List<Path> companionFiles() {
        return List.of();
    }

    @Override
    public String identity() {
        return "0".repeat(64);
    }

    @Override
    public void close() {}

    /** The same random numbers in every tile, small enough that activations stay finite. */
    private record RandomTensor(TensorInfo info) implements Tensor {
        private static final double RANGE = 0.03;

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void readRows(long from, long to, RowSink sink) {
            float[] values = random(to - from);
            Tiles.forEach(info, from, to, (row, count) -> sink.accept(row, count, values));
        }

        @Override
        public void readStoredRows(long from, long to, StoredRowSink sink) {
            float[] values = random(to - from);
            MemorySegment stored =
                    MemorySegment.ofArray(new byte[(int) info.dtype().bytes(values.length)]);
            if (info.dtype().isBlocks()) {
                BlockCodec.of(info.dtype()).quantize(values, 0, values.length, stored, 0);
            } else {
                StoredFloats.write(info.dtype(), values, 0, values.length, stored, 0);
            }
            Tiles.forEach(
                    info,
                    from,
                    to,
                    (row, count) -> sink.accept(row, count, stored.asSlice(0, count * info.rowBytes())));
        }

        private float[] random(long rows) {
            SplittableRandom random = new SplittableRandom(info.name().hashCode());
            float[] values = new float[(int) (Math.min(Tiles.rows(info.rowLength()), rows) * info.rowLength())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextDouble(-RANGE, RANGE);
            }
            return values;
        }
    }
}
