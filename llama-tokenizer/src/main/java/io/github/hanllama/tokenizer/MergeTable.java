package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.List;

/**
 * Which two neighbouring symbols merge into which piece, and which merge comes first: the vocabulary turned into one
 * flat hash table of symbol pairs, so that encoding never hashes a string.
 *
 * <p>It also knows every pair of code points that stand side by side in some piece. No merge can ever cross a place
 * whose two code points do so in no piece, hence a text may be cut there and its parts encoded one by one.
 */
final class MergeTable {
    /** No piece contains the two side by side: a safe place to cut. */
    static final int NONE = -1;
    /** They do not merge with each other, but some piece contains them side by side. */
    static final int NEIGHBOURS = (1 << 24) - 1;

    /** The rank of two symbols that do not merge. */
    static final int NEVER = Integer.MAX_VALUE;

    private static final int SMALL = 128;
    private static final int SYMBOL_BITS = 20;
    private static final int VALUE_BITS = 24;
    private static final long EMPTY = -1;
    private static final long MAX_WORK = 1L << 28;

    private final boolean[] smallNeighbours = new boolean[SMALL * SMALL]; // by small()
    private final int[] ranks; // by piece id: 0 for the best score, equal for equal scores
    private long[] entries = new long[1 << 12]; // left symbol (20 bits), right symbol (20), merged piece (24)
    private int shift = Long.SIZE - 12;
    private int count;

    MergeTable(List<SentencePiece> pieces, SymbolTable symbols) {
        if (symbols.size() >= 1 << SYMBOL_BITS) {
            throw new TokenizerException(
                    "SentencePiece model: expected fewer than 2^20 symbols, found " + symbols.size());
        }
        ranks = ranks(pieces);
        Arrays.fill(entries, EMPTY);
        checkWork(pieces);
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).isText()) {
                addSplits(pieces.get(id).text(), id, symbols);
            }
        }
        for (SentencePiece piece : pieces) {
            if (piece.isText()) {
                addNeighbours(piece.text(), symbols);
            }
        }
    }

    /** The piece the two symbols merge into, {@link #NEIGHBOURS} or {@link #NONE}. */
    int merged(int left, int right) {
        long key = (long) left << SYMBOL_BITS | right;
        long[] table = entries;
        int mask = table.length - 1;
        int slot = slot(key);
        while (true) {
            long entry = table[slot & mask];
            if (entry >>> VALUE_BITS == key) {
                return (int) entry & NEIGHBOURS;
            }
            if (entry == EMPTY) {
                return NONE;
            }
            slot++;
        }
    }

    /**
     * Whether a text may be cut between two code points, given with their symbols (not foreign). ASCII and the space
     * symbol are answered from a table small enough for the innermost cache.
     */
    boolean isCut(int leftCodePoint, int left, int rightCodePoint, int right) {
        int row = small(leftCodePoint);
        int column = small(rightCodePoint);
        return (row | column) >= 0 ? !smallNeighbours[row * SMALL + column] : merged(left, right) == NONE;
    }

    /** ASCII as it is, the space symbol in the place of NUL, -1 for the rest. */
    private static int small(int codePoint) {
        return codePoint == SentencePieceEncoder.SPACE_SYMBOL ? 0 : codePoint < SMALL && codePoint > 0 ? codePoint : -1;
    }

    /** When the merge into this piece takes place: the lowest rank first; {@link #NEVER} for no piece. */
    int rank(int merged) {
        return merged < 0 || merged == NEIGHBOURS ? NEVER : ranks[merged];
    }

    private int slot(long key) {
        return (int) (key * 0x9E3779B97F4A7C15L >>> shift);
    }

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
    private void addSplits(String text, int id, SymbolTable symbols) {
        for (int i = next(text, 0); i < text.length(); i = next(text, i)) {
            int left = symbols.of(text.substring(0, i));
            int right = left == SymbolTable.FOREIGN ? left : symbols.of(text.substring(i));
            if (right != SymbolTable.FOREIGN) {
                put(left, right, id);
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
            if (merged(left, right) == NONE) {
                put(left, right, NEIGHBOURS);
            }
            left = right;
        }
    }

    private static int next(String text, int index) {
        return index + Character.charCount(text.codePointAt(index));
    }

    private void put(int left, int right, int value) {
        if (2 * count++ >= entries.length) {
            grow();
        }
        insert(((long) left << SYMBOL_BITS | right) << VALUE_BITS | value);
    }

    private void grow() {
        long[] old = entries;
        entries = new long[old.length * 2];
        shift--;
        Arrays.fill(entries, EMPTY);
        for (long entry : old) {
            if (entry != EMPTY) {
                insert(entry);
            }
        }
    }

    private void insert(long entry) {
        int slot = slot(entry >>> VALUE_BITS);
        while (entries[slot & (entries.length - 1)] != EMPTY) {
            slot++;
        }
        entries[slot & (entries.length - 1)] = entry;
    }
}
