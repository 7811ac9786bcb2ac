package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a text is made of while it is merged. A symbol is a piece (numbered by its id) or a single code point that
 * occurs inside pieces without being one (numbered after the pieces). All other code points are foreign: nothing can
 * ever be merged with them.
 */
final class SymbolTable {
    static final int FOREIGN = -1;

    private static final int PAGE_BITS = 8;
    private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;

    private final Map<String, Integer> pieceIds;
    private final int[][] pages = new int[(Character.MAX_CODE_POINT >> PAGE_BITS) + 1][];
    private final int pieceCount;
    private int[] bareCodePoints = new int[64];
    private int bareCount;

    SymbolTable(List<SentencePiece> pieces) {
        pieceCount = pieces.size();
        pieceIds = HashMap.newHashMap(pieceCount);
        int[] foreign = new int[1 << PAGE_BITS];
        Arrays.fill(foreign, FOREIGN);
        Arrays.fill(pages, foreign);
        for (int id = 0; id < pieceCount; id++) {
            SentencePiece piece = pieces.get(id);
            if (piece.isText()) {
                pieceIds.put(piece.text(), id);
                if (isCodePoint(piece.text())) {
                    set(piece.text().codePointAt(0), id, foreign);
                }
            }
        }
        for (SentencePiece piece : pieces) {
            if (piece.isText()) {
                addBare(piece.text(), foreign);
            }
        }
    }

    /** The symbol of a code point, or {@link #FOREIGN}. */
    int ofCodePoint(int codePoint) {
        return pages[codePoint >> PAGE_BITS][codePoint & PAGE_MASK];
    }

    /** The symbol spelled {@code text}, or {@link #FOREIGN} if there is none. */
    int of(String text) {
        return isCodePoint(text) ? ofCodePoint(text.codePointAt(0)) : pieceIds.getOrDefault(text, FOREIGN);
    }

    /** Whether the symbol is a piece, so that its number is the id. */
    boolean isPiece(int symbol) {
        return symbol < pieceCount;
    }

    /** The code point of a symbol that is no piece. */
    int bareCodePoint(int symbol) {
        return bareCodePoints[symbol - pieceCount];
    }

    int size() {
        return pieceCount + bareCount;
    }

    /** Gives a number to each code point of the text that has none yet. */
    private void addBare(String text, int[] foreign) {
        for (int i = 0, codePoint; i < text.length(); i += Character.charCount(codePoint)) {
            codePoint = text.codePointAt(i);
            if (ofCodePoint(codePoint) == FOREIGN) {
                if (bareCount == bareCodePoints.length) {
                    bareCodePoints = Arrays.copyOf(bareCodePoints, bareCount * 2);
                }
                bareCodePoints[bareCount] = codePoint;
                set(codePoint, pieceCount + bareCount++, foreign);
            }
        }
    }

    private void set(int codePoint, int symbol, int[] foreign) {
        int page = codePoint >> PAGE_BITS;
        if (pages[page] == foreign) {
            pages[page] = foreign.clone();
        }
        pages[page][codePoint & PAGE_MASK] = symbol;
    }

    private static boolean isCodePoint(String text) {
        return text.length() == 1 || (text.length() == 2 && Character.isHighSurrogate(text.charAt(0)));
    }
}
