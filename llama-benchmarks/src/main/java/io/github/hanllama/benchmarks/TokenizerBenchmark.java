package io.github.hanllama.benchmarks;

import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Encoding a text file line by line on one thread. The column {@code megabytes} is UTF-8 megabytes per second;
 * {@code tools/bench/sentencepiece_lines.py} prints the same figure for the C++ library. The files come from the folder
 * in the property {@code hanllama.data}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TokenizerBenchmark {
    @Param({
        "llama_tokenizer.model",
        "chinese_llama_49953.model",
        "chinese_llama2_55296.model",
        "llama3_tokenizer.model",
        "llama_tokenizer_hf_newmerges.json",
        "minimind_tokenizer.json"
    })
    String model;

    @Param({"zh_classics.txt", "english/botchan.txt"})
    String corpus;

    private Tokenizer tokenizer;
    private List<String> lines;
    private double bytes;

    /** The size of what was encoded, next to the number of passes. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Volume {
        /** UTF-8 megabytes. */
        public double megabytes;

        /** JMH starts each iteration from zero. */
        @Setup(Level.Iteration)
        public void reset() {
            megabytes = 0;
        }
    }

    /** Reads the model and the text. */
    @Setup
    public void load() throws IOException {
        Path data = Path.of(System.getProperty("hanllama.data", "../shared/data"));
        use(
                Tokenizers.load(data.resolve("tokenizers/" + model)),
                Files.readAllLines(data.resolve("corpora/" + corpus)));
    }

    void use(Tokenizer newTokenizer, List<String> newLines) {
        tokenizer = newTokenizer;
        lines = newLines;
        bytes = 0;
        for (String line : newLines) {
            bytes += line.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    /** All lines once; returns the number of ids. */
    @Benchmark
    public long encodeLines(Volume volume) {
        long ids = 0;
        for (String line : lines) {
            ids += tokenizer.encode(line).length;
        }
        volume.megabytes += bytes / 1e6;
        return ids;
    }
}
