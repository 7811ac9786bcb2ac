package io.github.hanllama.tokenizer;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the JSON files beside a tokenizer say about it.
 *
 * @param addBos {@code add_bos_token}
 * @param addEos {@code add_eos_token}
 * @param bosToken text of the BOS token, likewise the next three
 * @param additionalSpecialTokens further strings that are special
 * @param addedTokens the added vocabulary, ascending by id
 * @param legacy whether each text between special tokens is encoded as a text of its own, with its own leading space
 * @param addPrefixSpace whether a text starts with an added space; empty: as the model says
 * @param chatTemplates by name, the usual one is {@code default}
 */
record TokenizerConfig(
        Optional<Boolean> addBos,
        Optional<Boolean> addEos,
        Optional<String> bosToken,
        Optional<String> eosToken,
        Optional<String> unkToken,
        Optional<String> padToken,
        List<String> additionalSpecialTokens,
        List<AddedToken> addedTokens,
        boolean legacy,
        Optional<Boolean> addPrefixSpace,
        Map<String, String> chatTemplates) {

    /** What holds where there is no configuration. */
    static final TokenizerConfig NONE = new TokenizerConfigReader().toConfig();

    TokenizerConfig {
        additionalSpecialTokens = List.copyOf(additionalSpecialTokens);
        addedTokens = List.copyOf(addedTokens);
        chatTemplates = Map.copyOf(chatTemplates);
    }

    /**
     * Reads those of {@code tokenizer_config.json}, {@code special_tokens_map.json}, {@code added_tokens.json} and
     * {@code chat_template.jinja} that exist.
     */
    static TokenizerConfig read(Path folder) {
        return TokenizerConfigReader.read(folder);
    }

    /** The strings that the roles and {@code additional_special_tokens} declare special. */
    List<String> declaredSpecial() {
        return Stream.concat(
                        Stream.of(bosToken, eosToken, unkToken, padToken).flatMap(Optional::stream),
                        additionalSpecialTokens.stream())
                .distinct()
                .toList();
    }
}
