package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Opens tokenizer files, recognising each format by its content. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * Loads a tokenizer from a file or from the folder that holds it.
     *
     * <p>In a folder {@code tokenizer.model} wins over {@code tokenizer.json}, and {@code tokenizer_config.json},
     * {@code special_tokens_map.json} and {@code added_tokens.json} beside it say which special tokens there are and
     * what {@link Tokenizer#defaultOptions()} adds. A file is read alone: what lies beside it has no influence.
     *
     * @throws TokenizerException when the file is missing, malformed or of an unsupported kind
     */
    public static Tokenizer load(Path fileOrFolder) {
        if (!Files.isDirectory(fileOrFolder)) {
            return open(fileOrFolder, TokenizerConfig.NONE);
        }
        return open(tokenizerFile(fileOrFolder), TokenizerConfig.read(fileOrFolder));
    }

    /**
     * Makes the tokenizer that a GGUF file describes.
     *
     * @throws TokenizerException when it is malformed or of an unsupported kind
     */
    public static Tokenizer of(GgufVocabulary vocabulary) {
        return switch (vocabulary.model()) {
            case GgufVocabulary.SENTENCE_PIECE -> new GgufSentencePieces(vocabulary).tokenizer();
            case GgufVocabulary.BYTE_LEVEL -> new GgufBytePairs(vocabulary).tokenizer();
            default ->
                throw new TokenizerException("tokenizer.ggml.model: '" + Text.shorten(vocabulary.model())
                        + "' is not supported, expected llama or gpt2");
        };
    }

    /**
     * The chat templates a folder declares, by name; the usual one is called {@code default}. Empty when there is none.
     * They are text from an untrusted file: nothing here looks into them.
     *
     * @throws TokenizerException when a file that may declare them is malformed
     */
    public static Map<String, String> chatTemplates(Path folder) {
        return TokenizerConfig.read(folder).chatTemplates();
    }

    private static Path tokenizerFile(Path folder) {
        for (String name : new String[] {"tokenizer.model", "tokenizer.json"}) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        throw new TokenizerException("no tokenizer in the folder: expected tokenizer.model or tokenizer.json");
    }

    private static Tokenizer open(Path file, TokenizerConfig config) {
        try {
            return switch (TokenizerFormat.of(file)) {
                case SENTENCEPIECE -> SentencePieceTokenizer.load(file, config);
                case TIKTOKEN -> TiktokenReader.read(file, config);
                case HUGGING_FACE_JSON -> HfTokenizerReader.read(file, config);
            };
        } catch (IOException e) {
            throw new TokenizerException("cannot read " + file.getFileName() + ": " + e, e);
        }
    }
}
