package io.github.hanllama.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.Arrays;

/** The program behind {@code ./llama}: wires a process to {@link LlamaCommand}. */
final class Main {
    private Main() {}

    public static void main(String[] args) {
        // Descriptors instead of System.in and System.out: UTF-8 whatever the locale, and errors are not swallowed.
        Terminal terminal = new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                System.console() != null && System.console().isTerminal());
        Warnings warnings = Warnings.install(terminal, Arrays.asList(args).contains("--debug"));
        int exitCode = LlamaCommand.run(terminal, args);
        if (exitCode == 0) {
            warnings.flush();
        }
        System.exit(exitCode);
    }
}
