package io.github.hanllama.cli;

import io.github.hanllama.core.error.LlamaException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns whatever goes wrong into one line on standard error and an exit code. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private static final int WRONG_INPUT = 1;
    private static final int WRONG_USAGE = 2;

    private final Terminal terminal;
    private final BooleanSupplier debug;

    Failures(Terminal terminal, BooleanSupplier debug) {
        this.terminal = terminal;
        this.debug = debug;
    }

    /** Runs a whole command line; what its commands do not catch ends here. */
    int guard(IntSupplier body) {
        try {
            return body.getAsInt();
        } catch (UncheckedIOException | Error e) {
            return report(e);
        }
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        say(firstLine(e).replaceFirst("^Error: ", "") + "; see " + command + " --help");
        trace(e);
        return WRONG_USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine commandLine, ParseResult parsed) {
        if (e instanceof ParameterException usage) {
            return handleParseException(usage, new String[0]);
        }
        return report(e);
    }

    private int report(Throwable e) {
        if (isBrokenPipe(e)) {
            return 0; // the reader has seen enough
        }
        flushWhatIsDone();
        say(e instanceof CancellationException ? "interrupted" : message(e));
        trace(e);
        return WRONG_INPUT;
    }

    /** Answers to earlier lines still belong to the caller. */
    private void flushWhatIsDone() {
        try {
            terminal.flush();
        } catch (UncheckedIOException e) {
            trace(e);
        }
    }

    private void say(String message) {
        terminal.error("llama: " + printable(message) + "\n");
    }

    private void trace(Throwable e) {
        if (debug.getAsBoolean()) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace, true));
            terminal.error(trace.toString());
        }
    }

    private static boolean isBrokenPipe(Throwable e) {
        return e instanceof UncheckedIOException
                && String.valueOf(e.getMessage()).contains("Broken pipe");
    }

    private static String message(Throwable e) {
        return switch (e) {
            case UncheckedIOException io -> ioMessage(Objects.requireNonNull(io.getCause()));
            case OutOfMemoryError memory ->
                "out of memory: " + memory.getMessage() + "; LLAMA_JAVA_OPTS=-Xmx... gives the JVM more";
            case LlamaException world -> firstLine(world);
            case InputException input -> firstLine(input);
            case IllegalArgumentException value -> firstLine(value);
            default -> "internal error, please report it with --debug: " + e;
        };
    }

    /** The messages of file exceptions are often just a path. */
    private static String ioMessage(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "not found: " + missing.getMessage();
            case AccessDeniedException denied -> "not allowed to open: " + denied.getMessage();
            case FileAlreadyExistsException exists -> "exists already: " + exists.getMessage();
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElseGet(e::toString);
    }

    /** Messages may quote hostile files; control characters must not reach a terminal. */
    static String printable(String message) {
        return message.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '\uFFFD' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
