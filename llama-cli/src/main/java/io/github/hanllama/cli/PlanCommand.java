package io.github.hanllama.cli;

import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.plan.LoadPlan;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a load would do. */
@Command(
        name = "plan",
        description = {
            "Says, before anything is fetched or loaded, whether a base, its adapters and their tokenizers fit together, what"
                    + " would be downloaded, and the memory that every way to run them takes.",
            "Only headers are read: of models on a hub a few hundred kilobytes. The options are those of generate.",
            "The exit code is 1 when the load would fail; what is wrong stands in the plan."
        })
final class PlanCommand implements Callable<Integer> {
    private static final int WRONG = 1;

    private final Terminal terminal;

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Tokens of context; by default what the model was trained for, 4096 at most.")
    private Optional<Integer> context = Optional.empty();

    @Mixin
    private final JsonOption jsonOption = new JsonOption();

    PlanCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        LlamaBuilder builder = model.builder();
        context.ifPresent(builder::maxSequenceLength);
        LoadPlan plan = builder.plan();
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> PlanJson.write(json, plan));
        } else {
            new PlanText(plan).lines().forEach(terminal::println);
        }
        return plan.fits() ? 0 : WRONG;
    }
}
