package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds the {@code model} of a {@code tokenizer.json} from its options, vocabulary and merges. */
final class HfModel {
    private HfModel() {}

    /** Refuses what is not BPE as LLaMA-family files have it. */
    static void check(HfNode options) {
        String type = options.find("type").map(HfNode::string).orElse("BPE"); // older files do not say
        if (!type.equals("BPE")) {
            throw options.get("type").refuse("expected BPE, found " + Text.shorten(type) + ", which is not supported");
        }
        options.only(
                "dropout",
                "unk_token",
                "continuing_subword_prefix",
                "end_of_word_suffix",
                "fuse_unk",
                "byte_fallback",
                "ignore_merges");
        options.find("dropout").filter(node -> !isZero(node)).ifPresent(node -> {
            throw node.refuse("dropping merges at random is not supported");
        });
        refuseText(options, "continuing_subword_prefix");
        refuseText(options, "end_of_word_suffix");
    }

    private static boolean isZero(HfNode node) {
        return node.value() instanceof Number number && number.doubleValue() == 0;
    }

    private static void refuseText(HfNode options, String name) {
        options.find(name).filter(node -> !node.string().isEmpty()).ifPresent(node -> {
            throw node.refuse("'" + Text.shorten(node.string()) + "' is not supported");
        });
    }

    static BpeModel build(HfNode options, HfModelReader model, boolean byteLevel, AddedTokens added) {
        Vocabulary vocabulary = model.vocabulary();
        TokenBytes words = new TokenBytes();
        for (int id = 0; id < vocabulary.size(); id++) {
            String piece = vocabulary.piece(id);
            byte[] bytes = isForged(id, piece, added) ? null : bytes(piece, byteLevel);
            if (bytes != null && bytes.length > 0) {
                words.add(bytes, id);
            }
        }
        int unk = unknown(options, vocabulary);
        Symbols symbols = byteLevel
                ? new ByteSymbols(words, unk)
                : new CharSymbols(
                        vocabulary,
                        words,
                        model.merges(),
                        options.flag("byte_fallback", false),
                        unk,
                        options.flag("fuse_unk", false));
        return new BpeModel(words, model.merges(), symbols, options.flag("ignore_merges", false));
    }

    /** Whether a word that becomes this piece would be a special token; single characters must stay usable. */
    private static boolean isForged(int id, String piece, AddedTokens added) {
        return added.isSpecial(id) && piece.codePointCount(0, piece.length()) > 1;
    }

    private static byte @Nullable [] bytes(String piece, boolean byteLevel) {
        return byteLevel ? ByteLevelAlphabet.read(piece) : piece.getBytes(StandardCharsets.UTF_8);
    }

    private static int unknown(HfNode options, Vocabulary vocabulary) {
        return options.find("unk_token")
                .map(node -> vocabulary
                        .id(node.string())
                        .orElseThrow(
                                () -> node.refuse("'" + Text.shorten(node.string()) + "' is not in the vocabulary")))
                .orElse(TokenBytes.ABSENT);
    }
}
