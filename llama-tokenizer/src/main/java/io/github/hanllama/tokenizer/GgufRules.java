package io.github.hanllama.tokenizer;

import io.github.hanllama.tokenizer.SentencePiece.Type;
import java.util.List;
import java.util.OptionalInt;

/** What must hold between the parts of a vocabulary in a GGUF file, of whatever model. */
final class GgufRules {
    private GgufRules() {}

    /** Lists of one length, no empty token, types that exist, roles inside. */
    static void check(GgufVocabulary vocabulary, int maxTokens) {
        int size = vocabulary.tokens().size();
        if (size == 0 || size > maxTokens) {
            throw new TokenizerException(
                    "tokenizer.ggml.tokens: expected 1 to " + maxTokens + " tokens, found " + size);
        }
        if (!vocabulary.types().isEmpty() && vocabulary.types().size() != size) {
            throw new TokenizerException("tokenizer.ggml.token_type: expected " + size + ", one for each token, found "
                    + vocabulary.types().size());
        }
        for (int id = 0; id < size; id++) {
            if (vocabulary.tokens().get(id).isEmpty()) {
                throw new TokenizerException("tokenizer.ggml.tokens[" + id + "]: expected some text, found none");
            }
        }
        for (int type : vocabulary.types()) {
            if (type < 1 || type > Type.values().length) {
                throw new TokenizerException("tokenizer.ggml.token_type: expected types from 1 to 6, found " + type);
            }
        }
        requireInside("bos", vocabulary.roles().bos(), size);
        requireInside("eos", vocabulary.roles().eos(), size);
        requireInside("unknown", vocabulary.roles().unk(), size);
        requireInside("padding", vocabulary.roles().pad(), size);
    }

    private static void requireInside(String role, OptionalInt id, int size) {
        if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= size)) {
            throw new TokenizerException(
                    "tokenizer.ggml." + role + "_token_id: expected an id below " + size + ", found " + id.getAsInt());
        }
    }

    /** What is to be added must be there. */
    static void requireForFlags(GgufVocabulary.Rules rules, OptionalInt bos, OptionalInt eos) {
        if (rules.addBos().orElse(false) && bos.isEmpty() || rules.addEos().orElse(false) && eos.isEmpty()) {
            throw new TokenizerException("tokenizer.ggml." + (bos.isEmpty() ? "add_bos" : "add_eos")
                    + "_token: expected the id of the token beside it, found none");
        }
    }

    /** How many entries there are before those that only fill up rows. */
    static int sizeWithoutPadding(GgufVocabulary vocabulary) {
        List<Integer> types = vocabulary.types();
        int size = vocabulary.tokens().size();
        while (!types.isEmpty() && size > 0 && types.get(size - 1) == Type.UNUSED.number()) {
            size--;
        }
        return size;
    }
}
