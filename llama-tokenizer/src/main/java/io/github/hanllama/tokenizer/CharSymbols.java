package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Starts from characters. Those that the vocabulary lacks become {@code <0xNN>} bytes or unknown; without an unknown
 * token they are left out, as Hugging Face does.
 */
final class CharSymbols implements Symbols {
    private final TokenBytes vocabulary;
    private final int[] idOfByte = new int[256];
    private final int unk;
    private final boolean fuseUnknown;

    /**
     * @param byteFallback use the {@code <0xNN>} entries where all those of a character exist
     * @param unk the unknown token, or {@link TokenBytes#ABSENT}
     * @param fuseUnknown one unknown token for a run of unknown characters
     */
    CharSymbols(TokenBytes vocabulary, boolean byteFallback, int unk, boolean fuseUnknown) {
        this.vocabulary = vocabulary;
        this.unk = unk;
        this.fuseUnknown = fuseUnknown;
        Arrays.setAll(idOfByte, value -> byteFallback ? bytePiece(value) : TokenBytes.ABSENT);
    }

    private int bytePiece(int value) {
        byte[] piece = "<0x%02X>".formatted(value).getBytes(StandardCharsets.US_ASCII);
        return vocabulary.id(piece, 0, piece.length);
    }

    @Override
    public void addTo(BpeMerger merger, byte[] utf8, int length) {
        boolean afterUnknown = false;
        for (int from = 0, to; from < length; from = to) {
            to = from + sequenceLength(utf8[from]);
            int id = vocabulary.id(utf8, from, to);
            boolean known = id != TokenBytes.ABSENT || hasBytes(utf8, from, to);
            if (id != TokenBytes.ABSENT) {
                merger.add(id);
            } else if (known) {
                addBytes(merger, utf8, from, to);
            } else if (unk != TokenBytes.ABSENT && !(afterUnknown && fuseUnknown)) {
                merger.add(unk);
            }
            afterUnknown = !known;
        }
    }

    private boolean hasBytes(byte[] utf8, int from, int to) {
        for (int i = from; i < to; i++) {
            if (idOfByte[utf8[i] & 0xFF] == TokenBytes.ABSENT) {
                return false;
            }
        }
        return true;
    }

    private void addBytes(BpeMerger merger, byte[] utf8, int from, int to) {
        for (int i = from; i < to; i++) {
            merger.add(idOfByte[utf8[i] & 0xFF]);
        }
    }

    private static int sequenceLength(byte lead) {
        return lead >= 0 ? 1 : Math.min(4, Integer.numberOfLeadingZeros(~lead << 24));
    }
}
