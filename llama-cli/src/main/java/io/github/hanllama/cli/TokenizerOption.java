package io.github.hanllama.cli;

import io.github.hanllama.tokenizer.Tokenizer;
import picocli.CommandLine.Option;

/** {@code --tokenizer PATH}, required. */
final class TokenizerOption {
    @Option(
            names = "--tokenizer",
            required = true,
            paramLabel = "PATH",
            description =
                    "tokenizer.model, tokenizer.json, the folder that holds one, a GGUF file, or owner/name on a hub.")
    @SuppressWarnings("NullAway.Init") // required, set by picocli
    private ModelName name;

    Tokenizer load() {
        return TokenizerFiles.load(name.tokenizerPath());
    }
}
