package io.github.hanllama.cli;

import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.logging.LogManager;

/** The program behind {@code ./llama}: wires a process to {@link LlamaCommand}. */
final class Main {
    private Main() {}

    public static void main(String[] args) {
        configureLogging(Arrays.asList(args).contains("--debug"));
        // Descriptors instead of System.in and System.out: UTF-8 whatever the locale, and errors are not swallowed.
        Terminal terminal = new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                System.console() != null && System.console().isTerminal());
        System.exit(LlamaCommand.run(terminal, args));
    }

    /** Warnings of the library are one line each; what it merely has to say is heard with {@code --debug}. */
    private static void configureLogging(boolean debug) {
        String configuration = """
                handlers=java.util.logging.ConsoleHandler
                .level=%1$s
                java.util.logging.ConsoleHandler.level=%1$s
                java.util.logging.SimpleFormatter.format=llama: %%5$s%%n
                """.formatted(debug ? "INFO" : "WARNING");
        try {
            LogManager.getLogManager()
                    .readConfiguration(new ByteArrayInputStream(configuration.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
