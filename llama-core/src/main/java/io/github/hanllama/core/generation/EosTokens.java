package io.github.hanllama.core.generation;

import io.github.hanllama.tokenizer.SpecialTokens;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Which ids end a text. */
final class EosTokens {
    /** Ends a turn in Llama 3, whose raw releases name it nowhere but in the vocabulary. */
    private static final String END_OF_TURN = "<|eot_id|>";

    private EosTokens() {}

    /**
     * What the files declare and what the tokenizer knows. Old conversions declare BOS, EOS and PAD as 0, 1 and -1, where
     * 0 is the unknown token and 1 really begins a text: what the tokenizer knows to be something else ends no text.
     */
    static Set<Integer> resolve(Collection<Integer> declared, Optional<Tokenizer> tokenizer) {
        Set<Integer> ids = new TreeSet<>(declared);
        ids.removeIf(id -> id < 0);
        tokenizer.map(Tokenizer::specialTokens).ifPresent(special -> {
            remove(ids, special.bos());
            remove(ids, special.unk());
            addEnds(ids, special);
        });
        return Set.copyOf(ids);
    }

    private static void addEnds(Set<Integer> ids, SpecialTokens special) {
        special.eos().ifPresent(ids::add);
        Integer endOfTurn = special.byText().get(END_OF_TURN);
        if (endOfTurn != null) {
            ids.add(endOfTurn);
        }
    }

    private static void remove(Set<Integer> ids, OptionalInt id) {
        id.ifPresent(ids::remove);
    }
}
