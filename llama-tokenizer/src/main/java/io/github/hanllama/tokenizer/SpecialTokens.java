package io.github.hanllama.tokenizer;

import java.util.Map;
import java.util.OptionalInt;

/**
 * The tokens of a vocabulary that are not text.
 *
 * @param bos beginning of text
 * @param eos end of text
 * @param unk unknown
 * @param pad padding
 * @param byText every string that {@link EncodeOptions#parseSpecial()} recognises, with its id
 */
public record SpecialTokens(
        OptionalInt bos, OptionalInt eos, OptionalInt unk, OptionalInt pad, Map<String, Integer> byText) {
    public SpecialTokens {
        byText = Map.copyOf(byText);
    }

    /** Whether this id is one of them. */
    public boolean contains(int id) {
        return byText.containsValue(id);
    }
}
