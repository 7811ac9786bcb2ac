package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.List;

/**
 * A short cut for runs that merge into one piece, which most words do: the pieces that come out when their own spelling
 * is encoded, found by their code points in one step. Pieces that merging never reaches are not among them.
 */
final class WholePieces {
    static final int NONE = -1;

    private static final int MIN = 3; // shorter runs are a single look-up anyway
    private static final int MAX = 32;

    private final int[] spellings; // per piece: its length and its symbols
    private final int[] starts; // where a piece's spelling starts, by piece id
    private final int[] slots; // open addressing by the hash of a spelling, holds piece ids
    private final int shift;

    WholePieces(List<SentencePiece> pieces, SymbolTable symbols, MergeRules merges) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(8, 2 * pieces.size()));
        slots = new int[1 << bits];
        shift = Integer.SIZE - bits;
        starts = new int[pieces.size()];
        Arrays.fill(slots, NONE);
        Ids all = new Ids(8 * pieces.size());
        BpeMerger merger = new BpeMerger(merges);
        for (int id = 0; id < pieces.size(); id++) {
            String text = pieces.get(id).text();
            if (pieces.get(id).isText() && text.length() >= MIN && text.length() <= MAX) {
                add(id, text, symbols, merger, all);
            }
        }
        spellings = all.toArray();
    }

    private void add(int id, String text, SymbolTable symbols, BpeMerger merger, Ids all) {
        merger.clear();
        text.codePoints().forEach(codePoint -> merger.add(symbols.ofCodePoint(codePoint)));
        int length = merger.size();
        int hash = merger.hash();
        int start = all.size();
        all.add(length);
        for (int i = 0; i < length; i++) {
            all.add(merger.symbol(i));
        }
        merger.merge();
        if (merger.size() == 1 && merger.symbol(0) == id) {
            starts[id] = start;
            int slot = hash * 0x9E3779B9 >>> shift;
            while (slots[slot] != NONE) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = id;
        }
    }

    /** The piece the run merges into as a whole, or {@link #NONE} when that must be found out by merging. */
    int find(BpeMerger run) {
        if (run.size() < MIN || run.size() > MAX) {
            return NONE;
        }
        int slot = run.hash() * 0x9E3779B9 >>> shift;
        while (slots[slot] != NONE && !isSpelled(slots[slot], run)) {
            slot = slot + 1 & slots.length - 1;
        }
        return slots[slot];
    }

    private boolean isSpelled(int id, BpeMerger run) {
        int start = starts[id];
        if (spellings[start] != run.size()) {
            return false;
        }
        for (int i = 0; i < run.size(); i++) {
            if (spellings[start + 1 + i] != run.symbol(i)) {
                return false;
            }
        }
        return true;
    }
}
