package io.github.hanllama.core.fake;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.ConfigOverrides;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.adapter.TensorChange.Replace;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.config.LlamaConfigBuilder;
import io.github.hanllama.quant.DType;
import io.github.hanllama.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.LongStream;

/** An adapter of random numbers, made for a model of this configuration. */
public final class MemoryAdapter implements AdapterWeights {
    private static final float SCALE = 0.5f;

    private final LlamaConfig config;
    private final String origin;
    private final Random random;
    private final SequencedMap<String, TensorChange> changes = new LinkedHashMap<>();
    private ConfigOverrides overrides = ConfigOverrides.NONE;
    private Optional<Tokenizer> tokenizer = Optional.empty();
    private boolean closed;

    public MemoryAdapter(LlamaConfig config, String origin) {
        this.config = config;
        this.origin = origin;
        this.random = new Random(origin.hashCode());
    }

    /** Low-rank pairs on every linear layer. */
    public MemoryAdapter everywhere(int rank) {
        ExpectedTensors.of(config).forEach((name, shape) -> {
            if (name.contains("_proj.weight")) {
                lowRank(name, rank);
            }
        });
        return this;
    }

    public MemoryAdapter lowRank(String name, int rank) {
        return add(name, rank, Optional.empty());
    }

    /** DoRA. */
    public MemoryAdapter stretched(String name, int rank) {
        long rows = shape(name).getFirst();
        return add(name, rank, Optional.of(tensor("magnitude", 1.5f, rows)));
    }

    private MemoryAdapter add(String name, int rank, Optional<Tensor> magnitude) {
        List<Long> shape = shape(name);
        Tensor a = tensor("a", 0.1f, rank, shape.getLast());
        Tensor b = tensor("b", 0.1f, shape.getFirst(), rank);
        return change(name, new AddLowRank(a, b, SCALE, false, magnitude));
    }

    public MemoryAdapter replace(String name, long... shape) {
        return change(name, new Replace(tensor(name, 0.1f, shape)));
    }

    /** Embedding and head of another height. */
    public MemoryAdapter vocabulary(int rows) {
        return replace(TensorNames.EMBED_TOKENS, rows, config.hiddenSize())
                .replace(TensorNames.LM_HEAD, rows, config.hiddenSize());
    }

    public MemoryAdapter change(String name, TensorChange change) {
        changes.put(name, change);
        return this;
    }

    public MemoryAdapter overrides(ConfigOverrides value) {
        overrides = value;
        return this;
    }

    public MemoryAdapter tokenizer(Tokenizer value) {
        tokenizer = Optional.of(value);
        return this;
    }

    private List<Long> shape(String name) {
        return Objects.requireNonNull(ExpectedTensors.of(config).get(name), name);
    }

    public Tensor tensor(String name, float size, long... shape) {
        TensorInfo info = new TensorInfo(name, LongStream.of(shape).boxed().toList(), DType.F32);
        float[] values = new float[(int) info.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = size * (float) random.nextGaussian();
        }
        return new ArrayTensor(info, values);
    }

    private final class ArrayTensor implements Tensor {
        private final TensorInfo info;
        private final float[] values;

        ArrayTensor(TensorInfo info, float[] values) {
            this.info = info;
            this.values = values;
        }

        @Override
        public TensorInfo info() {
            return info;
        }

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void readRows(long from, long to, RowSink sink) {
            requireOpen();
            int length = (int) info.rowLength();
            float[] rows = new float[(int) (to - from) * length];
            System.arraycopy(values, (int) from * length, rows, 0, rows.length);
            sink.accept(from, (int) (to - from), rows);
        }

        @Override
        public void readStoredRows(long from, long to, StoredRowSink sink) {
            readRows(from, to, (row, count, rows) -> {
                MemorySegment bytes = MemorySegment.ofArray(new byte[rows.length * Float.BYTES]);
                MemorySegment.copy(rows, 0, bytes, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, rows.length);
                sink.accept(row, count, bytes);
            });
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(origin + " is closed");
        }
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public AdapterInfo info() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SequencedSet<String> changedTensors() {
        return changes.sequencedKeySet();
    }

    @Override
    public Optional<TensorChange> change(String tensorName) {
        return Optional.ofNullable(changes.get(tensorName));
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    @Override
    public ConfigOverrides overrides() {
        return overrides;
    }

    @Override
    public Checkpoint mergeInto(Checkpoint base) {
        LlamaConfigBuilder merged = overrides.applyTo(base.config()).toBuilder();
        if (changes.get(TensorNames.EMBED_TOKENS) instanceof Replace whole) {
            merged.vocabSize((int) whole.tensor().info().rows());
        }
        merged.tieWordEmbeddings(base.config().tieWordEmbeddings() && !changes.containsKey(TensorNames.LM_HEAD));
        return new FakeCheckpoint(
                base.origin() + " + " + origin, merged.build(), tokenizer.or(base::tokenizer), List.of(), () -> {});
    }

    @Override
    public void close() {
        closed = true;
    }
}
