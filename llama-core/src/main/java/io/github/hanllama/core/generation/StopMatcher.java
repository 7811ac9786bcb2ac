package io.github.hanllama.core.generation;

import java.util.List;

/**
 * Finds the first stop sequence in a text that arrives in parts, and holds back what may become one. The parts do not
 * matter: it stops where it would if the text came character by character.
 */
final class StopMatcher {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopMatcher(List<String> stops) {
        this.stops = stops;
    }

    /** The text that certainly belongs to no stop sequence. */
    String accept(String part) {
        if (stops.isEmpty() || part.isEmpty()) {
            return part;
        }
        int scanned = held.length();
        held.append(part);
        for (int end = scanned + 1; end <= held.length(); end++) {
            int start = startOfStop(end);
            if (start >= 0) {
                stopped = true;
                held.setLength(start);
                return flush();
            }
        }
        int certain = startOfPartialStop();
        String text = held.substring(0, certain);
        held.delete(0, certain);
        return text;
    }

    /** Whether a stop sequence was completed. */
    boolean stopped() {
        return stopped;
    }

    /** What was held back, when no more text comes. */
    String flush() {
        String text = held.toString();
        held.setLength(0);
        return text;
    }

    /** Where the longest stop sequence that ends here starts, or -1. */
    private int startOfStop(int end) {
        int start = -1;
        for (String stop : stops) {
            int from = end - stop.length();
            if (from >= 0 && matches(from, stop, stop.length()) && (start < 0 || from < start)) {
                start = from;
            }
        }
        return start;
    }

    /** The first index from which everything could be the beginning of a stop sequence. */
    private int startOfPartialStop() {
        for (int start = 0; start < held.length(); start++) {
            int length = held.length() - start;
            for (String stop : stops) {
                if (length < stop.length() && matches(start, stop, length)) {
                    return start;
                }
            }
        }
        return held.length();
    }

    private boolean matches(int start, String stop, int length) {
        for (int i = 0; i < length; i++) {
            if (held.charAt(start + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
