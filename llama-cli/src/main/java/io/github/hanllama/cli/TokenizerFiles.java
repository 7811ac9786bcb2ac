package io.github.hanllama.cli;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.file.Path;

/** Opens tokenizers and says which file an error is about. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    static Tokenizer load(Path path) {
        Paths.requireExisting(path);
        if (path.toString().endsWith(".gguf")) {
            return inModel(path);
        }
        try {
            return Tokenizers.load(path);
        } catch (TokenizerException e) {
            String message = String.valueOf(e.getMessage());
            throw new InputException(message.contains(path.toString()) ? message : path + ": " + message, e);
        }
    }

    private static Tokenizer inModel(Path path) {
        try (Checkpoint model = Llama.from(path).openCheckpoint()) {
            return model.tokenizer().orElseThrow(() -> new InputException(path + ": no tokenizer in it"));
        }
    }
}
