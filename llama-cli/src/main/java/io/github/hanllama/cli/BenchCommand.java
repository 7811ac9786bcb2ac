package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.cli.Benchmark.Round;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.LanguageModel;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How fast a model runs here. */
@Command(
        name = "bench",
        description = {
            "Measures how fast a model, or random weights of its size, reads a prompt and writes: tokens per second, medians"
                    + " of some rounds.",
            "Beside it stands how fast the same threads read memory in the same rounds: writing cannot be faster than reading"
                    + " every weight once for each token."
        })
final class BenchCommand implements Callable<Integer> {
    private static final double GIGA = 1e9;
    private static final double MEGA = 1e6;

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final BenchModel model = new BenchModel();

    @Option(
            names = {"-p", "--prompt-tokens"},
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens of the prompt, 0 for none (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = {"-n", "--new-tokens"},
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens to write, 0 for none (default: ${DEFAULT-VALUE}).")
    private int newTokens;

    @Option(
            names = {"-d", "--position"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Tokens before those that are written (default: ${DEFAULT-VALUE}).")
    private int position;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How often to measure (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Mixin
    private final ModelOptions.EngineOptions engine = new ModelOptions.EngineOptions();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (promptTokens < 0 || newTokens < 0 || position < 0 || rounds < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "-p, -n and -d must be >= 0 and --rounds >= 1, was " + promptTokens + ", " + newTokens + ", "
                            + position + ", " + rounds);
        }
        LlamaBuilder builder = engine.apply(builder());
        long start = System.nanoTime();
        try (LanguageModel loaded = builder.loadModel()) {
            double loadMillis = (System.nanoTime() - start) / MEGA;
            try (Checkpoint checkpoint = builder.openCheckpoint()) {
                report(checkpoint, loaded, loadMillis);
            }
        }
        return 0;
    }

    private LlamaBuilder builder() {
        try {
            return model.builder();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void report(Checkpoint checkpoint, LanguageModel loaded, double loadMillis) {
        List<Round> measured;
        try (ReadBandwidth bandwidth = new ReadBandwidth(engine.threads())) {
            measured = new Benchmark(loaded, promptTokens, newTokens, position).run(rounds, bandwidth);
        }
        int middle = newTokens == 0 ? 0 : position + newTokens / 2;
        long bytes = Benchmark.bytesPerToken(checkpoint.tensors(), checkpoint.config(), loaded, middle);
        Report report = new Report(
                checkpoint.origin(),
                loaded.describe(),
                Benchmark.median(measured, Round::prefill),
                Benchmark.median(measured, Round::decode),
                bytes,
                Benchmark.median(measured, Round::read),
                Benchmark.median(measured, round -> round.decode() * bytes / round.read()),
                loadMillis);
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> write(json, report));
        } else {
            terminal.print(describe(report));
        }
    }

    /** Medians. */
    private record Report(
            String origin,
            String engine,
            double prefill,
            double decode,
            long bytesPerToken,
            double read,
            double bandwidthShare,
            double loadMillis) {}

    private void write(JsonGenerator json, Report report) throws IOException {
        json.writeStringField("model", report.origin);
        json.writeStringField("engine", report.engine);
        json.writeNumberField("threads", engine.threads());
        json.writeNumberField("prompt_tokens", promptTokens);
        json.writeNumberField("new_tokens", newTokens);
        json.writeNumberField("position", position);
        json.writeNumberField("rounds", rounds);
        json.writeNumberField("prefill_tps", rounded(report.prefill, 100));
        json.writeNumberField("decode_tps", rounded(report.decode, 100));
        json.writeNumberField("bytes_per_token", report.bytesPerToken);
        json.writeNumberField("read_gbps", rounded(report.read / GIGA, 100));
        json.writeNumberField("bandwidth_share", rounded(report.bandwidthShare, 1000));
        json.writeNumberField("load_ms", Math.round(report.loadMillis));
        writeMegabytes(json, "peak_rss_mb", ProcessMemory.peakBytes());
        writeMegabytes(json, "anonymous_mb", ProcessMemory.anonymousBytes());
    }

    private static void writeMegabytes(JsonGenerator json, String field, OptionalLong bytes) throws IOException {
        if (bytes.isPresent()) {
            json.writeNumberField(field, Math.round(bytes.getAsLong() / MEGA));
        } else {
            json.writeNullField(field);
        }
    }

    private static double rounded(double value, int parts) {
        return Math.round(value * parts) / (double) parts;
    }

    private String describe(Report report) {
        return String.format(
                Locale.ROOT,
                """
                model     %s
                engine    %s
                load      %.0f ms
                prefill   %d tokens: %.2f tokens/s
                decode    %d tokens after %d: %.2f tokens/s, %.3f GB each, %.1f GB/s
                memory    read at %.1f GB/s: decode reaches %.2f of it%s
                """,
                report.origin,
                report.engine,
                report.loadMillis,
                promptTokens,
                report.prefill,
                newTokens,
                position,
                report.decode,
                report.bytesPerToken / GIGA,
                report.bytesPerToken * report.decode / GIGA,
                report.read / GIGA,
                report.bandwidthShare,
                peak());
    }

    private static String peak() {
        OptionalLong bytes = ProcessMemory.peakBytes();
        return bytes.isPresent() ? "; the process took at most " + Math.round(bytes.getAsLong() / MEGA) + " MB" : "";
    }
}
