package io.github.hanllama.cli;

import io.github.hanllama.tokenizer.Tokenizer;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --tokenizer PATH}, required. */
final class TokenizerOption {
    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "PATH",
            description = "tokenizer.model, tokenizer.json, the folder that holds one, or a GGUF file.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private Path path;

    Tokenizer load() {
        return TokenizerFiles.load(path);
    }
}
