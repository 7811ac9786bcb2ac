package io.github.hanllama.cli;

import java.util.ArrayList;
import java.util.List;

/** Texts side by side in a terminal, where Chinese characters are two cells wide. */
final class Columns {
    private static final String GAP = "  ";

    private Columns() {}

    /** Lines, without trailing spaces. Texts are wrapped where a cell ends, words or not; control characters are replaced. */
    static List<String> of(int width, List<String> texts) {
        List<List<String>> columns =
                texts.stream().map(text -> wrapped(width, text)).toList();
        int height = columns.stream().mapToInt(List::size).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < height; row++) {
            StringBuilder line = new StringBuilder();
            for (List<String> column : columns) {
                String cell = row < column.size() ? column.get(row) : "";
                line.append(cell).append(" ".repeat(width - width(cell))).append(GAP);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static List<String> wrapped(int width, String text) {
        List<String> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            StringBuilder cell = new StringBuilder();
            int used = 0;
            for (int c : Failures.printable(line).codePoints().toArray()) {
                if (used + width(c) > width) {
                    lines.add(cell.toString());
                    cell.setLength(0);
                    used = 0;
                }
                cell.appendCodePoint(c);
                used += width(c);
            }
            lines.add(cell.toString());
        }
        return lines;
    }

    private static int width(String text) {
        return text.codePoints().map(Columns::width).sum();
    }

    /** The blocks of Unicode's East Asian Width W and F that a Chinese text meets. */
    private static int width(int c) {
        boolean wide = c >= 0x2E80 && c <= 0xA4CF
                || c >= 0xAC00 && c <= 0xD7A3
                || c >= 0xF900 && c <= 0xFAFF
                || c >= 0xFE30 && c <= 0xFE6F
                || c >= 0xFF00 && c <= 0xFF60
                || c >= 0xFFE0 && c <= 0xFFE6
                || c >= 0x1F300 && c <= 0x1FAFF
                || c >= 0x20000 && c <= 0x3FFFD;
        return wide ? 2 : 1;
    }
}
