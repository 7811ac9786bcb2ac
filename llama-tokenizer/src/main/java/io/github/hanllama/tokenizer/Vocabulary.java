package io.github.hanllama.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Pieces by id and ids by piece. Filled while loading, then only read. */
final class Vocabulary {
    /** Far above any real vocabulary; ids of a file are compared with it before anything is allocated. */
    static final int MAX_SIZE = 1 << 20;

    private static final String HOLE = "";

    private String[] pieces = new String[0];
    private int size;
    private final Map<String, Integer> ids = new HashMap<>();

    /** Adds a piece of the model. */
    void add(String piece, int id) {
        requireRoom(piece, id);
        if (!piece(id).equals(HOLE)) {
            throw new TokenizerException(
                    "id " + id + " is given to '" + Text.shorten(piece(id)) + "' and to '" + Text.shorten(piece) + "'");
        }
        if (!WellFormed.test(piece)) {
            throw new TokenizerException("piece " + id + " has a lone surrogate");
        }
        if (ids.putIfAbsent(piece, id) != null) {
            throw new TokenizerException("'" + Text.shorten(piece) + "' has the ids " + ids.get(piece) + " and " + id);
        }
        store(piece, id);
    }

    /** Adds a token that goes before what the model has for its id or its text. */
    void override(AddedToken token) {
        requireRoom(token.content(), token.id());
        ids.put(token.content(), token.id());
        store(token.content(), token.id());
    }

    private static void requireRoom(String piece, int id) {
        if (id < 0 || id >= MAX_SIZE) {
            throw new TokenizerException("expected ids from 0 to " + (MAX_SIZE - 1) + ", found " + id + " for '"
                    + Text.shorten(piece) + "'");
        }
    }

    private void store(String piece, int id) {
        if (id >= pieces.length) {
            int filled = pieces.length;
            pieces = Arrays.copyOf(pieces, Math.max(id + 1, Math.min(2 * filled, MAX_SIZE)));
            Arrays.fill(pieces, filled, pieces.length, HOLE);
        }
        pieces[id] = piece;
        size = Math.max(size, id + 1);
    }

    int size() {
        return size;
    }

    /** The piece, empty for a hole. */
    String piece(int id) {
        return id < size ? pieces[id] : HOLE;
    }

    OptionalInt id(String piece) {
        Integer id = ids.get(piece);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
