package io.github.hanllama.tokenizer;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The canonical order of combining marks. Java does not tell their combining classes, but shows how two of them compare: it
 * swaps those that stand in the wrong order. Scratch space of one run of marks.
 */
final class MarkOrder {
    private static final String FIRST = "\u0334"; // of the lowest class
    private static final String LAST = "\u0345"; // of the highest

    private final Normalizer.Form decomposition;
    private final Map<Integer, int[]> marks =
            new HashMap<>(); // what each code point is decomposed to, empty for no mark

    MarkOrder(Normalizer.Form form) {
        boolean canonical = form == Normalizer.Form.NFC || form == Normalizer.Form.NFD;
        decomposition = canonical ? Normalizer.Form.NFD : Normalizer.Form.NFKD;
    }

    /** Appends the text with its marks decomposed and in order; what else is among them stays where it is. */
    void appendOrdered(String text, StringBuilder out) {
        Ids run = new Ids(text.length());
        for (int i = 0, codePoint; i < text.length(); i += Character.charCount(codePoint)) {
            codePoint = text.codePointAt(i);
            int[] decomposed = marks.computeIfAbsent(codePoint, this::decomposed);
            run.addAll(decomposed);
            if (decomposed.length == 0) {
                appendSorted(run.toArray(), out);
                out.appendCodePoint(codePoint);
                run = new Ids(0);
            }
        }
        appendSorted(run.toArray(), out);
    }

    private int[] decomposed(int codePoint) {
        int[] parts = Normalizer.normalize(Character.toString(codePoint), decomposition)
                .codePoints()
                .toArray();
        return Arrays.stream(parts).allMatch(MarkOrder::isMark) ? parts : new int[0];
    }

    private static boolean isMark(int codePoint) {
        String mark = Character.toString(codePoint);
        return areSwapped(LAST, mark) || areSwapped(mark, FIRST);
    }

    private static boolean areSwapped(String left, String right) {
        return !Normalizer.normalize(left + right, Normalizer.Form.NFD).equals(left + right);
    }

    private static void appendSorted(int[] run, StringBuilder out) {
        Map<Integer, Integer> classes = classes(run);
        long[] places = new long[run.length]; // class << 32 | index: equal classes keep their order
        for (int i = 0; i < run.length; i++) {
            places[i] = (long) classes.getOrDefault(run[i], 0) << 32 | i;
        }
        Arrays.sort(places);
        for (long place : places) {
            out.appendCodePoint(run[(int) place]);
        }
    }

    /** Ascending numbers; equal for marks that do not change places. */
    private static Map<Integer, Integer> classes(int[] run) {
        List<String> sorted = Arrays.stream(run)
                .distinct()
                .mapToObj(Character::toString)
                .sorted(MarkOrder::compare)
                .toList();
        Map<Integer, Integer> classes = HashMap.newHashMap(sorted.size());
        for (int i = 0, number = 0; i < sorted.size(); i++) {
            number += i > 0 && compare(sorted.get(i - 1), sorted.get(i)) != 0 ? 1 : 0;
            classes.put(sorted.get(i).codePointAt(0), number);
        }
        return classes;
    }

    private static int compare(String left, String right) {
        return areSwapped(left, right) ? 1 : areSwapped(right, left) ? -1 : 0;
    }
}
