package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.tokenizer.GgufVocabulary;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The vocabulary of a file before GGUF: SentencePiece's, but with the text that pieces stand for. The names of the first
 * three and the bytes are known by their places.
 */
public final class GgmlTokens {
    private static final List<String> FIRST = List.of("<unk>", "<s>", "</s>");
    private static final int LAST_BYTE = 258;
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    private final List<String> tokens = new ArrayList<>();
    private final List<Integer> types = new ArrayList<>();

    private GgmlTokens() {}

    /**
     * The tokenizer, when the file has scores to merge by.
     *
     * @throws ModelFormatException when the vocabulary is malformed
     */
    public static Optional<Tokenizer> tokenizer(String file, GgmlContents contents) {
        if (contents.scores().isEmpty()) {
            return Optional.empty();
        }
        GgmlTokens words = new GgmlTokens();
        for (int id = 0; id < contents.tokens().size(); id++) {
            words.add(file, id, contents.tokens().get(id));
        }
        try {
            return Optional.of(Tokenizers.of(words.vocabulary(contents.scores())));
        } catch (TokenizerException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    private void add(String file, int id, String stored) {
        if (id < FIRST.size()) {
            put(FIRST.get(id), id == 0 ? UNKNOWN : CONTROL);
        } else if (stored.isEmpty()) {
            put("<control_" + id + ">", CONTROL);
        } else if (id <= LAST_BYTE && stored.length() == 1) {
            put(String.format(Locale.ROOT, "<0x%02X>", (int) stored.charAt(0)), BYTE);
        } else {
            put(text(file, id, stored).replace(' ', '\u2581'), NORMAL);
        }
    }

    private void put(String text, int type) {
        tokens.add(text);
        types.add(type);
    }

    private static String text(String file, int id, String stored) {
        ByteBuffer bytes = ByteBuffer.wrap(stored.getBytes(StandardCharsets.ISO_8859_1));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + ": token " + id + ": expected text in UTF-8, found other bytes", e);
        }
    }

    private GgufVocabulary vocabulary(List<Float> scores) {
        return new GgufVocabulary(
                GgufVocabulary.SENTENCE_PIECE,
                "",
                tokens,
                scores,
                types,
                List.of(),
                new GgufVocabulary.Roles(OptionalInt.of(1), OptionalInt.of(2), OptionalInt.of(0), OptionalInt.empty()),
                new GgufVocabulary.Rules(Optional.empty(), Optional.empty(), Optional.empty(), false));
    }
}
