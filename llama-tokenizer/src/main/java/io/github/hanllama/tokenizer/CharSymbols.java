package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Starts from characters. Those that the vocabulary lacks become {@code <0xNN>} bytes or unknown; without an unknown
 * token they are left out, as Hugging Face does.
 *
 * <p>A word may be a whole text. It is cut between any two characters that stand side by side in no piece, because no
 * merge can ever cross that place.
 */
final class CharSymbols implements Symbols {
    private final TokenBytes vocabulary;
    private final int[] idOfByte = new int[256];
    private final int unk;
    private final boolean fuseUnknown;
    private final MergeRules merges;
    private final boolean cuts;

    /**
     * @param merges complete but for the neighbours, which are added here
     * @param byteFallback use the {@code <0xNN>} entries where all those of a character exist
     * @param unk the unknown token, or {@link TokenBytes#ABSENT}
     * @param fuseUnknown one unknown token for a run of unknown characters
     */
    CharSymbols(
            Vocabulary pieces,
            TokenBytes vocabulary,
            MergeRules merges,
            boolean byteFallback,
            int unk,
            boolean fuseUnknown) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.unk = unk;
        this.fuseUnknown = fuseUnknown;
        Arrays.setAll(idOfByte, value -> byteFallback ? bytePiece(value) : TokenBytes.ABSENT);
        for (int id = 0; id < pieces.size(); id++) {
            addNeighbours(pieces.piece(id).getBytes(StandardCharsets.UTF_8));
        }
        // symbols that are no character stand in no piece; only an odd file merges them
        cuts = Arrays.stream(idOfByte).noneMatch(merges::takes) && !merges.takes(unk);
    }

    private int bytePiece(int value) {
        byte[] piece = "<0x%02X>".formatted(value).getBytes(StandardCharsets.US_ASCII);
        return vocabulary.id(piece, 0, piece.length);
    }

    private void addNeighbours(byte[] utf8) {
        int left = TokenBytes.ABSENT;
        for (int from = 0, to; from < utf8.length; from = to) {
            to = from + sequenceLength(utf8[from]);
            int right = vocabulary.id(utf8, from, to);
            if (left != TokenBytes.ABSENT && right != TokenBytes.ABSENT) {
                merges.addNeighbours(left, right);
            }
            left = right;
        }
    }

    @Override
    public void encode(byte[] utf8, int length, BpeMerger merger, Ids out) {
        boolean afterUnknown = false;
        int last = TokenBytes.ABSENT;
        for (int from = 0, to; from < length; from = to) {
            to = from + sequenceLength(utf8[from]);
            int id = vocabulary.id(utf8, from, to);
            boolean known = id != TokenBytes.ABSENT || hasBytes(utf8, from, to);
            if (!known && unk == TokenBytes.ABSENT) {
                continue; // left out; its neighbours meet
            }
            if (cuts && !areNeighbours(last, id)) {
                merger.mergeInto(out);
            }
            if (id != TokenBytes.ABSENT) {
                merger.add(id);
            } else if (known) {
                addBytes(merger, utf8, from, to);
            } else if (!(afterUnknown && fuseUnknown)) {
                merger.add(unk);
            }
            afterUnknown = !known;
            last = id;
        }
        merger.mergeInto(out);
    }

    private boolean areNeighbours(int left, int right) {
        return left != TokenBytes.ABSENT && right != TokenBytes.ABSENT && merges.of(left, right) != MergeRules.NONE;
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
