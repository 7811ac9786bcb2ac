package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How the pieces of two vocabularies differ.
 *
 * <pre>{@code
 * VocabularyDifference difference = VocabularyDifference.of(llama, chineseLlama);
 * System.out.println(difference.isGrown()); // true: every id of LLaMA means the same, new ones follow
 * }</pre>
 *
 * @param same how many pieces both have under the same id
 * @param moved pieces that both have, under other ids
 * @param onlyFirst pieces that the second lacks, by their id
 * @param onlySecond pieces that the first lacks, by their id
 */
public record VocabularyDifference(int same, List<String> moved, List<String> onlyFirst, List<String> onlySecond) {
    public VocabularyDifference {
        moved = List.copyOf(moved);
        onlyFirst = List.copyOf(onlyFirst);
        onlySecond = List.copyOf(onlySecond);
    }

    /** Compares piece by piece; holes in the ids are no pieces. */
    public static VocabularyDifference of(Tokenizer first, Tokenizer second) {
        int same = 0;
        List<String> moved = new ArrayList<>();
        List<String> onlyFirst = new ArrayList<>();
        for (int id = 0; id < first.vocabularySize(); id++) {
            String piece = first.piece(id);
            OptionalInt other = second.id(piece);
            if (other.isPresent() && other.getAsInt() == id) {
                same++;
            } else if (!piece.isEmpty()) {
                (other.isPresent() ? moved : onlyFirst).add(piece);
            }
        }
        List<String> onlySecond = new ArrayList<>();
        for (int id = 0; id < second.vocabularySize(); id++) {
            String piece = second.piece(id);
            if (!piece.isEmpty() && first.id(piece).isEmpty()) {
                onlySecond.add(piece);
            }
        }
        return new VocabularyDifference(same, moved, onlyFirst, onlySecond);
    }

    /** Whether the second is the first with pieces added at its end, or the same. */
    public boolean isGrown() {
        return moved.isEmpty() && onlyFirst.isEmpty();
    }
}
