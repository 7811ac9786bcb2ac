package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The pieces that are taken from a text whole, before any merging; the longest wins. */
final class UserDefinedSymbols {
    private final Map<Character, List<SentencePiece>> byFirstChar = new HashMap<>();

    UserDefinedSymbols(List<SentencePiece> pieces) {
        for (SentencePiece piece : pieces) {
            if (piece.type() == SentencePiece.Type.USER_DEFINED) {
                byFirstChar
                        .computeIfAbsent(piece.text().charAt(0), first -> new ArrayList<>())
                        .add(piece);
            }
        }
        Comparator<SentencePiece> longestFirst = Comparator.comparingInt(
                        (SentencePiece piece) -> piece.text().length())
                .reversed();
        byFirstChar.values().forEach(list -> list.sort(longestFirst));
    }

    boolean isEmpty() {
        return byFirstChar.isEmpty();
    }

    /** The longest one that starts at {@code index}, or null. */
    @Nullable
    SentencePiece at(String text, int index) {
        List<SentencePiece> candidates = byFirstChar.get(text.charAt(index));
        if (candidates != null) {
            for (SentencePiece candidate : candidates) {
                if (text.startsWith(candidate.text(), index)) {
                    return candidate;
                }
            }
        }
        return null;
    }
}
