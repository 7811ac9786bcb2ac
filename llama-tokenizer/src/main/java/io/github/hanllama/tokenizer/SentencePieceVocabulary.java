package io.github.hanllama.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The pieces by id and by text, added tokens included, and what each id is in a decoded text. */
final class SentencePieceVocabulary {
    /** How far added ids may lie beyond the model's; more is a broken or hostile file. */
    private static final int MAX_BEYOND = 1 << 16;

    private static final short NO_BYTE = -1;

    private final String[] pieces; // a hole is empty
    private final String[] surfaces; // empty for control tokens, bytes and holes
    private final short[] byteValues;
    private final Map<String, Integer> ids;
    private final boolean dropsLeadingSpace;
    private final boolean dropsAllLeadingSpaces;

    /**
     * @param added tokens beyond or on top of the model's pieces
     * @param prefix whether the encoder puts a space before a text
     */
    SentencePieceVocabulary(SentencePieceModel model, List<AddedToken> added, boolean prefix) {
        int size = size(model, added);
        ids = HashMap.newHashMap(size);
        pieces = new String[size];
        surfaces = new String[size];
        byteValues = new short[size];
        Arrays.fill(pieces, "");
        Arrays.fill(surfaces, "");
        Arrays.fill(byteValues, NO_BYTE);
        dropsAllLeadingSpaces = model.removeExtraWhitespaces();
        dropsLeadingSpace = prefix || dropsAllLeadingSpaces;
        for (int id = 0; id < model.pieces().size(); id++) {
            addPiece(id, model.pieces().get(id), model.unkSurface());
        }
        added.forEach(this::addToken);
    }

    /** Makes an id decode to nothing; only while the tokenizer is being put together. */
    void hide(int id) {
        surfaces[check(id)] = "";
    }

    private static int size(SentencePieceModel model, List<AddedToken> added) {
        int size = model.pieces().size();
        int limit = size + MAX_BEYOND;
        for (AddedToken token : added) {
            if (token.id() >= limit) {
                throw new TokenizerException("added token '" + Text.shorten(token.content())
                        + "': expected an id below " + limit + " beside a model of "
                        + model.pieces().size()
                        + " pieces, found " + token.id());
            }
            size = Math.max(size, token.id() + 1);
        }
        return size;
    }

    private void addPiece(int id, SentencePiece piece, String unkSurface) {
        pieces[id] = piece.text();
        if (!piece.isText() || !ids.containsKey(piece.text())) { // a reserved piece keeps its name
            ids.put(piece.text(), id);
        }
        switch (piece.type()) {
            case BYTE -> byteValues[id] = (short) piece.byteValue();
            case UNKNOWN -> surfaces[id] = unkSurface;
            case CONTROL -> {}
            default -> surfaces[id] = piece.text().replace(SentencePieceEncoder.SPACE_SYMBOL, ' ');
        }
    }

    private void addToken(AddedToken token) {
        ids.put(token.content(), token.id());
        if (!pieces[token.id()].equals(token.content())) {
            pieces[token.id()] = token.content();
            surfaces[token.id()] = token.content();
            byteValues[token.id()] = NO_BYTE;
        }
    }

    int size() {
        return pieces.length;
    }

    String piece(int id) {
        return pieces[check(id)];
    }

    OptionalInt id(String piece) {
        Integer id = ids.get(piece);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The byte a byte piece stands for, or -1. */
    int byteValue(int id) {
        return byteValues[check(id)];
    }

    /** What any other id adds to a text in mid-sentence. */
    String surface(int id) {
        return surfaces[check(id)];
    }

    /** Whether the piece, not merely its surface, starts with the space symbol. */
    boolean startsWithSpace(int id) {
        return !pieces[id].isEmpty() && pieces[id].charAt(0) == SentencePieceEncoder.SPACE_SYMBOL;
    }

    byte[] bytes(int id) {
        return byteValue(id) == NO_BYTE
                ? surfaces[id].getBytes(StandardCharsets.UTF_8)
                : new byte[] {(byte) byteValues[id]};
    }

    /** Whether decoding removes the space the encoder put before the text. */
    boolean dropsLeadingSpace() {
        return dropsLeadingSpace;
    }

    /** Whether decoding removes every space before the text. */
    boolean dropsAllLeadingSpaces() {
        return dropsAllLeadingSpaces;
    }

    private int check(int id) {
        if (id < 0 || id >= pieces.length) {
            throw new IllegalArgumentException("id must be from 0 to " + (pieces.length - 1) + ", was " + id);
        }
        return id;
    }
}
