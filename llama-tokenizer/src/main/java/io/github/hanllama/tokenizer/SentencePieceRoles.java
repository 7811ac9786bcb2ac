package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which pieces of a SentencePiece model control it and which tokens the configuration adds.
 *
 * @param addedTokens what is found before a text is encoded; control pieces are among them
 */
record SentencePieceRoles(SpecialTokens specialTokens, List<AddedToken> addedTokens) {
    static SentencePieceRoles of(SentencePieceModel model, TokenizerConfig config, SentencePieceVocabulary vocabulary) {
        Map<String, Integer> special = specialByText(model, config, vocabulary);
        SpecialTokens specialTokens = new SpecialTokens(
                role(config.bosToken(), vocabulary, model.bosId()),
                role(config.eosToken(), vocabulary, model.eosId()),
                role(config.unkToken(), vocabulary, model.unkId()),
                role(config.padToken(), vocabulary, model.padId()),
                special);
        return new SentencePieceRoles(specialTokens, addedTokens(config.addedTokens(), special));
    }

    private static Map<String, Integer> specialByText(
            SentencePieceModel model, TokenizerConfig config, SentencePieceVocabulary vocabulary) {
        Map<String, Integer> special = new HashMap<>();
        for (int id = 0; id < model.pieces().size(); id++) {
            SentencePiece piece = model.pieces().get(id);
            if (piece.type() == SentencePiece.Type.CONTROL || piece.type() == SentencePiece.Type.UNKNOWN) {
                special.put(piece.text(), id);
            }
        }
        for (AddedToken token : config.addedTokens()) {
            if (token.special()) {
                special.put(token.content(), token.id());
            }
        }
        for (String text : config.declaredSpecial()) {
            vocabulary.id(text).ifPresent(id -> special.put(text, id));
        }
        return special;
    }

    /** The id of the declared token where the vocabulary has it, else the model's own. */
    private static OptionalInt role(Optional<String> declared, SentencePieceVocabulary vocabulary, int own) {
        OptionalInt id = declared.map(vocabulary::id).orElse(OptionalInt.empty());
        return id.isPresent() || own < 0 ? id : OptionalInt.of(own);
    }

    /** Special tokens that were declared with flags keep them; control pieces have none. */
    private static List<AddedToken> addedTokens(List<AddedToken> declared, Map<String, Integer> special) {
        Map<String, Integer> undeclared = new HashMap<>(special);
        List<AddedToken> all = new ArrayList<>();
        for (AddedToken token : declared) {
            all.add(undeclared.remove(token.content()) == null ? token : token.asSpecial());
        }
        undeclared.forEach((text, id) -> all.add(AddedToken.special(text, id)));
        return all;
    }
}
