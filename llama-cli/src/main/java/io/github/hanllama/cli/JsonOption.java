package io.github.hanllama.cli;

import picocli.CommandLine.Option;

/** {@code --json}. */
final class JsonOption {
    @Option(names = "--json", description = "Write JSON Lines to standard output and nothing else there.")
    private boolean json;

    boolean wanted() {
        return json;
    }
}
