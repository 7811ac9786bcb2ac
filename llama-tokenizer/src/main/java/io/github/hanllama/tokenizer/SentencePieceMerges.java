package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.List;

/**
 * The merges of a SentencePiece vocabulary: any two symbols whose texts together spell a piece merge into it, the best
 * score first.
 */
final class SentencePieceMerges {
    private static final int SMALL = 128;
    private static final long MAX_WORK = 1L << 28;

    private final MergeRules rules = new MergeRules();
    private final boolean[] smallNeighbours = new boolean[SMALL * SMALL]; // by small()

    SentencePieceMerges(List<SentencePiece> pieces, SymbolTable symbols) {
        if (symbols.size() >= IntPairMap.MAX_KEY) {
            throw new TokenizerException(
                    "SentencePiece model: expected fewer than 2^20 symbols, found " + symbols.size());
        }
        checkWork(pieces);
        int[] ranks = ranks(pieces);
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).isText()) {
                addSplits(pieces.get(id).text(), ranks[id], id, symbols);
            }
        }
        for (SentencePiece piece : pieces) {
            if (piece.isText()) {
                addNeighbours(piece.text(), symbols);
            }
        }
    }

    MergeRules rules() {
        return rules;
    }

    /**
     * Whether a text may be cut between two code points, given with their symbols (not foreign). ASCII and the space
     * symbol are answered from a table small enough for the innermost cache.
     */
    boolean isCut(int leftCodePoint, int left, int rightCodePoint, int right) {
        int row = small(leftCodePoint);
        int column = small(rightCodePoint);
        return (row | column) >= 0 ? !smallNeighbours[row * SMALL + column] : rules.of(left, right) == MergeRules.NONE;
    }

    /** ASCII as it is, the space symbol in the place of NUL, -1 for the rest. */
    private static int small(int codePoint) {
        return codePoint == SentencePieceEncoder.SPACE_SYMBOL ? 0 : codePoint < SMALL && codePoint > 0 ? codePoint : -1;
    }

    /** By piece id: 0 for the best score, equal for equal scores. */
    private static int[] ranks(List<SentencePiece> pieces) {
        float[] scores = new float[pieces.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = pieces.get(id).score() + 0f; // turns -0 into 0
        }
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        int[] ranks = new int[scores.length];
        for (int id = 0; id < scores.length; id++) {
            ranks[id] = sorted.length - 1 - lastIndexOf(sorted, scores[id]);
        }
        return ranks;
    }

    private static int lastIndexOf(float[] sorted, float score) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] <= score) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** Splitting is quadratic in the length of a piece; real vocabularies stay a hundred times below this bound. */
    private static void checkWork(List<SentencePiece> pieces) {
        long work = 0;
        for (SentencePiece piece : pieces) {
            work += (long) piece.text().length() * piece.text().length();
            if (work > MAX_WORK) {
                throw ProtoReader.refuse(
                        piece.offset(), "expected shorter pieces (sum of squared lengths at most 2^28), found more");
            }
        }
    }

    /** Every way to put the piece together from two symbols. */
    private void addSplits(String text, int rank, int id, SymbolTable symbols) {
        for (int i = next(text, 0); i < text.length(); i = next(text, i)) {
            int left = symbols.of(text.substring(0, i));
            int right = left == SymbolTable.FOREIGN ? left : symbols.of(text.substring(i));
            if (right != SymbolTable.FOREIGN) {
                rules.add(left, right, rank, id);
            }
        }
    }

    private void addNeighbours(String text, SymbolTable symbols) {
        int left = symbols.ofCodePoint(text.codePointAt(0));
        for (int i = next(text, 0); i < text.length(); i = next(text, i)) {
            int right = symbols.ofCodePoint(text.codePointAt(i));
            int row = small(text.charAt(i - 1)); // half a surrogate pair is not small either
            int column = small(text.charAt(i));
            if ((row | column) >= 0) {
                smallNeighbours[row * SMALL + column] = true;
            }
            rules.addNeighbours(left, right);
            left = right;
        }
    }

    private static int next(String text, int index) {
        return index + Character.charCount(text.codePointAt(index));
    }
}
