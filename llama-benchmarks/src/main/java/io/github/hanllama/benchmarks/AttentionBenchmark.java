package io.github.hanllama.benchmarks;

import io.github.hanllama.quant.AttentionQueries;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.HeadAttention;
import io.github.hanllama.quant.KvLayer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Attention of one layer on one thread for {@code tokens} tokens at the end of a cache, in pairs {@code scalar} and {@code
 * simd}, next to {@code read}, which only touches as many bytes. {@code gigabytes} are keys and values, each counted once
 * however many queries share them.
 *
 * <p>Layers take turns, so that long caches come from memory as they do in a model.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
    private static final long MIN_BYTES = 256 << 20;
    private static final int MAX_LAYERS = 22;

    @Param({"F32", "F16", "Q8_0"})
    DType type;

    /** Key-value heads, queries that share one, width. */
    @Param({"4x8x64", "32x1x128"})
    String heads;

    @Param({"128", "1024", "4096", "16384"})
    int positions;

    @Param({"1", "32"})
    int tokens;

    private final List<KvLayer> layers = new ArrayList<>();
    private final AttentionQueries queries = new AttentionQueries();
    private Arena arena = Arena.ofShared();
    private MemorySegment bytes = MemorySegment.NULL;
    private HeadAttention attention = new HeadAttention(1);
    private float[] source = {};
    private float[] out = {};
    private int keyValueHeads;
    private int sharing;
    private int headDim;
    private int next;

    /** Fills the caches. */
    @Setup
    public void fill() {
        String[] parts = heads.split("x");
        keyValueHeads = Integer.parseInt(parts[0]);
        sharing = Integer.parseInt(parts[1]);
        headDim = Integer.parseInt(parts[2]);
        for (int i = 0; i < Math.clamp(MIN_BYTES / layerBytes(), 1, MAX_LAYERS); i++) {
            layers.add(layer(RandomFloats.within(1, headDim + positions)));
        }
        bytes = arena.allocate(layers.size() * layerBytes(), Long.BYTES);
        attention = new HeadAttention(headDim);
        source = RandomFloats.within(1, tokens * keyValueHeads * sharing * headDim);
        out = new float[source.length];
    }

    private long layerBytes() {
        return KvLayer.byteSize(type, keyValueHeads, headDim, positions);
    }

    /** Each position has the numbers of the one before, moved by one. */
    private KvLayer layer(float[] numbers) {
        KvLayer layer = new KvLayer(type, keyValueHeads, headDim, positions, arena);
        layer.reserve(positions);
        for (int position = 0; position < positions; position++) {
            for (int head = 0; head < keyValueHeads; head++) {
                layer.putKey(head, position, numbers, position);
                layer.putValue(head, position, numbers, position);
            }
        }
        return layer;
    }

    /** Frees them. */
    @TearDown
    public void free() {
        arena.close();
    }

    /** One layer with the plain loops. */
    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "-Dllama.kernels=scalar")
    public float[] scalar(Products work) {
        return attend(work);
    }

    /** One layer with the widest vectors. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public float[] simd(Products work) {
        return attend(work);
    }

    private float[] attend(Products work) {
        KvLayer layer = layers.get(next++ % layers.size());
        for (int head = 0; head < keyValueHeads; head++) {
            for (int from = 0; from < tokens * sharing; from += AttentionQueries.MOST) {
                queries.clear();
                for (int i = from; i < Math.min(from + AttentionQueries.MOST, tokens * sharing); i++) {
                    int token = i / sharing;
                    int query = (token * keyValueHeads + head) * sharing + i % sharing;
                    queries.add(query * headDim, positions - tokens + token + 1);
                }
                attention.attend(layer, head, queries, source, out);
            }
        }
        work.add(layerBytes(), 4.0 * source.length * positions);
        return out;
    }

    /** Touches as many bytes as one layer has. */
    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
    public int read(Products work) {
        work.add(PlainRead.bytes(layerBytes()), 0);
        return PlainRead.of(bytes.asSlice(next++ % layers.size() * layerBytes(), layerBytes()));
    }
}
