package io.github.hanllama.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The list of commands. */
@Command(
        name = "llama",
        description = "LLaMA models and Chinese LoRA adapters, merged in memory: text in, text out.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class,
        usageHelpAutoWidth = true,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes%n",
        exitCodeList = {
            " 0:done",
            " 1:a file, a model or the input is wrong: one line on standard error says what",
            " 2:wrong usage"
        })
final class LlamaCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of an error and what the library logs.")
    private boolean debug;

    boolean debug() {
        return debug;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    /** Runs one command and returns the exit code of the process. */
    static int run(Terminal terminal, String... args) {
        return run(terminal, Hubs.ofProcess(terminal), args);
    }

    static int run(Terminal terminal, Hubs hubs, String... args) {
        LlamaCommand root = new LlamaCommand();
        CommandLine commandLine = new CommandLine(root);
        for (Object command : commands(terminal, hubs)) {
            commandLine.addSubcommand(command);
        }
        commandLine.registerConverter(ModelName.class, text -> new ModelName(text, hubs));
        Failures failures = new Failures(terminal, root::debug);
        StringWriter help = new StringWriter();
        commandLine
                .setOut(new PrintWriter(help))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
        return failures.guard(() -> {
            int code = commandLine.execute(args);
            terminal.print(help.toString());
            terminal.flush();
            return code;
        });
    }

    private static List<Object> commands(Terminal terminal, Hubs hubs) {
        return List.of(
                new DemoCommand(terminal),
                new GenerateCommand(terminal),
                new ChatCommand(terminal),
                new TokenizeCommand(terminal),
                new DetokenizeCommand(terminal),
                new ScoreCommand(terminal),
                new PerplexityCommand(terminal),
                new MergeCommand(terminal),
                new ConvertCommand(terminal),
                new PatchCommand(terminal),
                new AdapterCommand(terminal),
                new QuantizeCommand(terminal),
                new VocabCommand(terminal),
                new PlanCommand(terminal),
                new InspectCommand(terminal),
                new VerifyCommand(terminal, hubs),
                new LockCommand(terminal),
                new PullCommand(terminal, hubs),
                new CacheCommand(terminal, hubs),
                new BenchCommand(terminal),
                new DoctorCommand(terminal));
    }
}
