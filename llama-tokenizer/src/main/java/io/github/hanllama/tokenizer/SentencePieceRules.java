package io.github.hanllama.tokenizer;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold between the parts of a SentencePiece model; the original refuses the same when it opens one. */
final class SentencePieceRules {
    private static final String[] ROLES = {"unk_id", "bos_id", "eos_id", "pad_id"};

    private SentencePieceRules() {}

    /** No piece twice, one unknown piece, all bytes or none; {@code end} is the file's length. */
    static void checkPieces(List<SentencePiece> pieces, boolean byteFallback, int end) {
        if (pieces.isEmpty()) {
            throw ProtoReader.refuse(end, "expected pieces, found none; is it another kind of file?");
        }
        checkNames(pieces);
        checkUnknown(pieces, end);
        int bytes = 0;
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == SentencePiece.Type.BYTE) {
                checkByte(id, pieces.get(id), byteFallback);
                bytes++;
            }
        }
        if (byteFallback && bytes != 256) {
            throw ProtoReader.refuse(end, "byte_fallback: expected 256 byte pieces, found " + bytes);
        }
    }

    private static void checkNames(List<SentencePiece> pieces) {
        Set<String> text = HashSet.newHashSet(pieces.size());
        Set<String> reserved = new HashSet<>();
        for (int id = 0; id < pieces.size(); id++) {
            SentencePiece piece = pieces.get(id);
            if (!(piece.isText() ? text : reserved).add(piece.text())) {
                throw SentencePiece.refuse(
                        id, piece.offset(), "expected a new piece, found '" + Text.shorten(piece.text()) + "' again");
            }
        }
    }

    private static void checkUnknown(List<SentencePiece> pieces, int end) {
        int unknown = -1;
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == SentencePiece.Type.UNKNOWN) {
                if (unknown >= 0) {
                    throw SentencePiece.refuse(
                            id,
                            pieces.get(id).offset(),
                            "expected one unknown piece, found a second one after piece " + unknown);
                }
                unknown = id;
            }
        }
        if (unknown < 0) {
            throw ProtoReader.refuse(end, "expected one unknown piece, found none");
        }
    }

    private static void checkByte(int id, SentencePiece piece, boolean byteFallback) {
        String found = ", found '" + Text.shorten(piece.text()) + "'";
        if (!byteFallback) {
            throw SentencePiece.refuse(id, piece.offset(), "expected no byte piece without byte_fallback" + found);
        }
        if (piece.byteValue() < 0) {
            throw SentencePiece.refuse(id, piece.offset(), "expected a byte piece like <0x0A>" + found);
        }
    }

    /** Ids in the order unknown, BOS, EOS, padding; a negative one is not there. */
    static void checkIds(List<SentencePiece> pieces, int end, int... ids) {
        int unknown = ids[0];
        if (unknown < 0 || unknown >= pieces.size() || pieces.get(unknown).type() != SentencePiece.Type.UNKNOWN) {
            throw ProtoReader.refuse(end, "unk_id: expected the id of the unknown piece, found " + unknown);
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= pieces.size()) {
                throw ProtoReader.refuse(
                        end, ROLES[i] + ": expected an id below " + pieces.size() + ", found " + ids[i]);
            }
            for (int j = 0; j < i; j++) {
                if (ids[i] >= 0 && ids[i] == ids[j]) {
                    throw ProtoReader.refuse(
                            end, ROLES[i] + ": expected another id than " + ROLES[j] + ", found " + ids[i]);
                }
            }
        }
    }
}
