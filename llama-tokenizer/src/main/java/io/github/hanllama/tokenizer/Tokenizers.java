package io.github.hanllama.tokenizer;

import java.nio.file.Path;

/** Opens tokenizer files, recognising each format by its content. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * Loads a tokenizer from a file or from the folder that holds it.
     *
     * @throws TokenizerException when the file is missing, malformed or of an unsupported kind
     */
    public static Tokenizer load(Path fileOrFolder) {
        throw new TokenizerException("not a tokenizer: " + fileOrFolder);
    }
}
