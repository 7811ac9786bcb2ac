package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.lora.ChangeReport;
import io.github.hanllama.lora.LoraAdapter;
import io.github.hanllama.lora.MixMethod;
import io.github.hanllama.lora.WeightChanges;
import io.github.hanllama.lora.WeightedAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Adapters from adapters and models. */
@Command(
        name = "adapter",
        description = "Mixes adapters, finds those hidden in tuned models, and says how much they change.")
final class AdapterCommand implements Runnable {
    private static final int REPORTED_RANK = 8;

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    AdapterCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: combine, extract, report or subtract");
    }

    /** What {@code --method} may be. */
    enum Method {
        LINEAR,
        TIES,
        DARE
    }

    @Command(
            name = "combine",
            description = {
                "Writes several adapters of one base as one, or one of them with a smaller rank, in PEFT's files.",
                "With --merge writes the model that base and adapters make."
            })
    int combine(
            @Option(names = "--base", required = true, paramLabel = "PATH", description = "The base of all of them.")
                    ModelName base,
            @Option(
                            names = "--lora",
                            required = true,
                            paramLabel = "PATH",
                            description = "An adapter; repeat for more.")
                    List<ModelName> adapters,
            @Option(
                            names = "--weight",
                            paramLabel = "W",
                            description = "Its weight, in the order of --lora (default: 1).")
                    @Nullable
                    List<Double> weights,
            @Option(
                            names = "--method",
                            paramLabel = "METHOD",
                            defaultValue = "linear",
                            description = "linear, ties or dare (default: ${DEFAULT-VALUE}).")
                    Method method,
            @Option(
                            names = "--density",
                            paramLabel = "D",
                            defaultValue = "0.5",
                            description = "The share of elements that ties and dare keep (default: ${DEFAULT-VALUE}).")
                    double density,
            @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Of dare (default: 0).")
                    long seed,
            @Option(
                            names = "--rank",
                            paramLabel = "N",
                            description = "Of the adapter; by default that of all together.")
                    @Nullable
                    Integer rank,
            @Option(names = "--merge", description = "Write the whole model.") boolean merge,
            @Option(names = "--output", required = true, paramLabel = "PATH", description = "The folder to write.")
                    Path output,
            @Mixin JsonOption jsonOption) {
        List<WeightedAdapter> weighted = weighted(adapters, weights == null ? List.of() : weights);
        MixMethod mix =
                switch (method) {
                    case LINEAR -> MixMethod.LINEAR;
                    case TIES -> new MixMethod.Ties(density, 1);
                    case DARE -> new MixMethod.Dare(density, seed);
                };
        return run(options -> {
            try (Checkpoint below =
                            base.builder().cancellation(options.cancellation()).openCheckpoint();
                    WeightChanges changes = WeightChanges.of(below, weighted, mix)) {
                if (merge) {
                    var report = CheckpointWriter.safetensors().write(changes.merged(), output, options);
                    new WrittenModel(output, report).print(terminal, jsonOption.wanted(), "the base's type");
                } else {
                    print(changes.writeAdapter(output, optional(rank), options), jsonOption);
                }
            }
            return 0;
        });
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private List<WeightedAdapter> weighted(List<ModelName> adapters, List<Double> weights) {
        if (weights.size() > adapters.size()) {
            throw new ParameterException(
                    spec.commandLine(), "expected at most a --weight for each --lora, found " + weights.size());
        }
        List<WeightedAdapter> weighted = new ArrayList<>();
        for (int i = 0; i < adapters.size(); i++) {
            double weight = i < weights.size() ? weights.get(i) : 1;
            weighted.add(new WeightedAdapter(LoraAdapter.of(adapters.get(i).source()), weight));
        }
        return weighted;
    }

    @Command(
            name = "extract",
            description =
                    "Writes the nearest adapter of a rank to what makes a tuned model of its base, in PEFT's files.")
    int extract(
            @Option(names = "--base", required = true, paramLabel = "PATH", description = "What it was tuned from.")
                    ModelName base,
            @Option(names = "--model", required = true, paramLabel = "PATH", description = "The tuned model.")
                    ModelName model,
            @Option(names = "--rank", required = true, paramLabel = "N", description = "Of the low-rank pairs.")
                    int rank,
            @Option(names = "--output", required = true, paramLabel = "PATH", description = "The folder to write.")
                    Path output,
            @Mixin JsonOption jsonOption) {
        return run(options -> between(base, model, options, changes -> {
            print(changes.writeAdapter(output, OptionalInt.of(rank), options), jsonOption);
            return 0;
        }));
    }

    @Command(name = "report", description = "Says how much adapters, or tuning, change each tensor of a base.")
    int report(
            @Option(names = "--base", required = true, paramLabel = "PATH", description = "The base.") ModelName base,
            @Option(names = "--lora", paramLabel = "PATH", description = "An adapter; repeat to add them up.") @Nullable
                    List<ModelName> adapters,
            @Option(names = "--model", paramLabel = "PATH", description = "A tuned model instead.") @Nullable
                    ModelName model,
            @Option(
                            names = "--rank",
                            paramLabel = "N",
                            defaultValue = "" + REPORTED_RANK,
                            description = "Of the pairs whose error is told (default: ${DEFAULT-VALUE}).")
                    int rank,
            @Mixin JsonOption jsonOption) {
        if ((adapters == null) == (model == null)) {
            throw new ParameterException(spec.commandLine(), "expected either --lora or --model");
        }
        if (model != null) {
            return run(options -> between(base, model, options, changes -> print(changes.report(rank), jsonOption)));
        }
        List<WeightedAdapter> weighted = weighted(adapters == null ? List.of() : adapters, List.of());
        return run(options -> {
            try (Checkpoint below =
                            base.builder().cancellation(options.cancellation()).openCheckpoint();
                    WeightChanges changes = WeightChanges.of(below, weighted, MixMethod.LINEAR)) {
                return print(changes.report(rank), jsonOption);
            }
        });
    }

    private static int between(
            ModelName base, ModelName model, WriteOptions options, Function<WeightChanges, Integer> work) {
        try (Checkpoint below =
                        base.builder().cancellation(options.cancellation()).openCheckpoint();
                Checkpoint tuned =
                        model.builder().cancellation(options.cancellation()).openCheckpoint();
                WeightChanges changes = WeightChanges.between(below, tuned)) {
            return work.apply(changes);
        }
    }

    @Command(
            name = "subtract",
            description = "Writes a merged model without what an adapter adds to it: the base, but for rounding.")
    int subtract(
            @Option(names = "--model", required = true, paramLabel = "PATH", description = "The merged model.")
                    ModelName model,
            @Option(names = "--lora", required = true, paramLabel = "PATH", description = "The adapter.")
                    ModelName adapter,
            @Option(names = "--output", required = true, paramLabel = "PATH", description = "The folder to write.")
                    Path output,
            @Mixin JsonOption jsonOption) {
        return run(options -> {
            Checkpoint merged =
                    model.builder().cancellation(options.cancellation()).openCheckpoint();
            try (Checkpoint rest = without(merged, LoraAdapter.of(adapter.source()))) {
                var report = CheckpointWriter.safetensors().write(rest, output, options);
                new WrittenModel(output, report).print(terminal, jsonOption.wanted(), "the base's type");
            }
            return 0;
        });
    }

    private static Checkpoint without(Checkpoint merged, LoraAdapter adapter) {
        try {
            return adapter.removeFrom(merged);
        } catch (RuntimeException e) {
            merged.close();
            throw e;
        }
    }

    private int run(Function<WriteOptions, Integer> work) {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            return work.apply(WriteOptions.DEFAULT.listener(progress).cancellation(cancellation));
        }
    }

    private int print(List<ChangeReport> reports, JsonOption jsonOption) {
        if (!jsonOption.wanted()) {
            terminal.println("%-48s %10s %10s %9s %5s %10s"
                    .formatted("tensor", "norm", "relative", "eff.rank", "rank", "error"));
        }
        for (ChangeReport report : reports) {
            if (jsonOption.wanted()) {
                new JsonLines(terminal).answer(json -> write(json, report));
            } else {
                terminal.println(String.format(
                        Locale.ROOT,
                        "%-48s %10.4g %10.4g %9.2f %5d %10.3g",
                        report.tensor(),
                        report.norm(),
                        report.relativeNorm(),
                        report.effectiveRank(),
                        report.rank(),
                        report.error()));
            }
        }
        terminal.flush();
        return 0;
    }

    private static void write(JsonGenerator json, ChangeReport report) throws IOException {
        json.writeStringField("tensor", report.tensor());
        json.writeNumberField("norm", report.norm());
        json.writeFieldName("relative_norm");
        Json.write(json, report.relativeNorm());
        json.writeNumberField("effective_rank", report.effectiveRank());
        json.writeNumberField("rank", report.rank());
        json.writeNumberField("error", report.error());
    }
}
