package io.github.hanllama.cli;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.quant.DType;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** A model of the user's, or random weights. */
final class BenchModel {
    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Choice choice;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "Q4_0",
            description = "How random matrices are stored: F32, F16, BF16, Q8_0, Q4_0, Q6_K, ... (default:"
                    + " ${DEFAULT-VALUE}).")
    private DType type = DType.Q4_0;

    /** One of the two. */
    private static final class Choice {
        @Option(names = "--model", paramLabel = "PATH", description = "The model, as for generate.")
        private Optional<ModelName> name = Optional.empty();

        @Option(
                names = "--synthetic",
                paramLabel = "SIZE",
                description =
                        "Random weights of a known size: 15m (stories15M), 1b (TinyLlama) or 7b (LLaMA with a Chinese"
                                + " vocabulary).")
        private Optional<String> size = Optional.empty();
    }

    /** @throws IllegalArgumentException when the size is not one of those */
    LlamaBuilder builder() {
        if (choice.name.isPresent()) {
            return choice.name.get().builder();
        }
        SyntheticModel model = SyntheticModel.named(choice.size.orElseThrow());
        return Llama.from(() -> model.checkpoint(type));
    }
}
