package io.github.hanllama.tokenizer;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which token plays which part: as {@code tokenizer_config.json} says, else as the tokenizer file says.
 *
 * @param bos of the tokenizer file, likewise the others
 */
record TokenRoles(OptionalInt bos, OptionalInt eos, OptionalInt unk) {
    SpecialTokens resolve(TokenizerConfig config, Vocabulary vocabulary, AddedTokens added) {
        return new SpecialTokens(
                config.bosToken()
                        .map(text -> find("bos_token", text, vocabulary))
                        .orElse(bos),
                config.eosToken()
                        .map(text -> find("eos_token", text, vocabulary))
                        .orElse(eos),
                or(idOf(config.unkToken(), vocabulary), unk),
                idOf(config.padToken(), vocabulary),
                added.specialByText());
    }

    private static OptionalInt find(String role, String text, Vocabulary vocabulary) {
        OptionalInt id = vocabulary.id(text);
        if (id.isEmpty()) {
            throw new TokenizerException("tokenizer_config.json: " + role + ": '" + Text.shorten(text)
                    + "' is not in the vocabulary of " + vocabulary.size() + " pieces");
        }
        return id;
    }

    private static OptionalInt idOf(Optional<String> text, Vocabulary vocabulary) {
        return text.map(vocabulary::id).orElse(OptionalInt.empty());
    }

    private static OptionalInt or(OptionalInt first, OptionalInt second) {
        return first.isPresent() ? first : second;
    }
}
