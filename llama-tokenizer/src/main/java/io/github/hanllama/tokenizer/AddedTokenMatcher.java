package io.github.hanllama.tokenizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds added and special tokens in a text: the leftmost first, the longest at each place. */
final class AddedTokenMatcher {
    private final Map<Character, List<AddedToken>> byFirstChar = new HashMap<>();

    AddedTokenMatcher(Collection<AddedToken> tokens) {
        for (AddedToken token : tokens) {
            byFirstChar
                    .computeIfAbsent(token.content().charAt(0), first -> new ArrayList<>())
                    .add(token);
        }
        Comparator<AddedToken> longestFirst = Comparator.comparingInt(
                        (AddedToken token) -> token.content().length())
                .reversed();
        byFirstChar.values().forEach(list -> list.sort(longestFirst));
    }

    /**
     * A token in a text.
     *
     * @param token which
     * @param start where the text before it ends; white space it swallows is not part of that text
     * @param end where the text after it starts, likewise
     */
    record Match(AddedToken token, int start, int end) {}

    /** The next match that starts at {@code from} or later, or null. */
    @Nullable
    Match find(String text, int from) {
        if (byFirstChar.isEmpty()) {
            return null;
        }
        for (int i = from; i < text.length(); i++) {
            AddedToken token = at(text, i);
            if (token != null) {
                return match(text, token, i, from);
            }
        }
        return null;
    }

    private @Nullable AddedToken at(String text, int index) {
        List<AddedToken> candidates = byFirstChar.get(text.charAt(index));
        if (candidates != null) {
            for (AddedToken candidate : candidates) {
                if (text.startsWith(candidate.content(), index)
                        && (!candidate.singleWord() || standsAlone(text, index, candidate))) {
                    return candidate;
                }
            }
        }
        return null;
    }

    private static boolean standsAlone(String text, int index, AddedToken token) {
        int end = index + token.content().length();
        return (index == 0 || !Character.isLetterOrDigit(text.codePointBefore(index)))
                && (end == text.length() || !Character.isLetterOrDigit(text.codePointAt(end)));
    }

    private static Match match(String text, AddedToken token, int index, int from) {
        int start = index;
        while (token.lstrip() && start > from && Character.isWhitespace(text.charAt(start - 1))) {
            start--;
        }
        int end = index + token.content().length();
        while (token.rstrip() && end < text.length() && Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return new Match(token, start, end);
    }
}
