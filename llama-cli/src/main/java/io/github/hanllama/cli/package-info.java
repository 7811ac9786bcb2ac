/**
 * The command line: one class per command, each a thin layer over the library that turns files, options and JSON Lines
 * into calls and answers.
 *
 * <p>Start at {@link io.github.hanllama.cli.Main}, then {@link io.github.hanllama.cli.LlamaCommand}, which lists the
 * commands. What a command needs from outside comes in through {@link io.github.hanllama.cli.Terminal}, so tests run
 * commands in process.
 */
@NullMarked
package io.github.hanllama.cli;

import org.jspecify.annotations.NullMarked;
