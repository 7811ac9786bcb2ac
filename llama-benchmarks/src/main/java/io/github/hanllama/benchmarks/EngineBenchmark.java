package io.github.hanllama.benchmarks;

import io.github.hanllama.core.checkpoint.SyntheticCheckpoint;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.quant.DType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Tokens per second of a whole model with random weights, prompt and generation apart. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 3)
public class EngineBenchmark {
    private static final int PROMPT = 128;
    private static final int GENERATED = 16;

    @Param({"java"})
    String engine;

    @Param({"stories15M", "tinyLlama"})
    String model;

    @Param({"BF16", "F16"})
    DType type;

    private LanguageModel loaded;
    private Session session;

    /** Loads the model. */
    @Setup
    public void load() {
        loaded = Engines.named(engine)
                .load(SyntheticCheckpoint.of(config(model), info -> type), EngineOptions.defaults());
        session = loaded.newSession(PROMPT + GENERATED);
    }

    static LlamaConfig config(String model) {
        return switch (model) {
            case "tiny" -> config(64, 160, 2, 4, 2, 512);
            case "stories15M" -> config(288, 768, 6, 6, 6, 32000);
            case "tinyLlama" -> config(2048, 5632, 22, 32, 4, 32000);
            case "llama7B" -> config(4096, 11008, 32, 32, 32, 49954);
            default -> throw new IllegalArgumentException("no dimensions of " + model);
        };
    }

    private static LlamaConfig config(int hidden, int inner, int layers, int heads, int keyValueHeads, int vocabulary) {
        return LlamaConfig.builder()
                .hiddenSize(hidden)
                .intermediateSize(inner)
                .numHiddenLayers(layers)
                .numAttentionHeads(heads)
                .numKeyValueHeads(keyValueHeads)
                .headDim(hidden / heads)
                .vocabSize(vocabulary)
                .build();
    }

    /** Frees it. */
    @TearDown
    public void free() {
        session.close();
        loaded.close();
    }

    /** Prompt tokens per second. */
    @Benchmark
    @OperationsPerInvocation(PROMPT)
    public float[] prompt() {
        session.cache().truncate(0);
        int[] ids = new int[PROMPT];
        for (int i = 0; i < PROMPT; i++) {
            ids[i] = 1 + i;
        }
        return session.prefill(ids);
    }

    /** Generated tokens per second, from an empty cache. */
    @Benchmark
    @OperationsPerInvocation(GENERATED)
    public float[] generate() {
        session.cache().truncate(0);
        float[] logits = session.prefill(1);
        for (int i = 1; i < GENERATED; i++) {
            logits = session.decode(i);
        }
        return logits;
    }
}
