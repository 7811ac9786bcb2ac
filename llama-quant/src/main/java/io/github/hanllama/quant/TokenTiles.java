package io.github.hanllama.quant;

/**
 * The activations of several tokens in f32, four side by side: what {@link PackedMatrix#multiply} reads, from end to end
 * for each tile of rows.
 *
 * <p>Layout: (columns / {@link PackedMatrix#PANEL}, tiles, PANEL, 4); the last columns may be fewer, the last tile is
 * padded. One token alone needs no packing: its tile is the row itself.
 */
final class TokenTiles {
    /** Tokens side by side. */
    static final int TILE = 4;

    private TokenTiles() {}

    /** Tiles of that many tokens. */
    static int tiles(int tokens) {
        return Math.ceilDiv(tokens, TILE);
    }

    /** Floats that the tiles of that many tokens take. */
    static int length(int tokens, int columns) {
        return tokens == 1 ? columns : Math.multiplyExact(tiles(tokens) * TILE, columns);
    }

    /**
     * Puts some columns of the row from {@code at} on into the place of a token; padding never reaches a result.
     *
     * @param from a multiple of {@link PackedMatrix#PANEL}
     */
    static void put(float[] rows, int at, int columns, int from, int to, int token, int tokens, float[] packed) {
        if (tokens == 1) {
            System.arraycopy(rows, at + from, packed, from, to - from);
            return;
        }
        for (int k = from; k < to; k += PackedMatrix.PANEL) {
            int tile = at(tokens, columns, token / TILE, k) + token % TILE;
            for (int i = 0; i < depth(columns, k); i++) {
                packed[tile + i * TILE] = rows[at + k + i];
            }
        }
    }

    /** Where the columns from a multiple of PANEL on begin, of a tile. */
    static int at(int tokens, int columns, int tile, int column) {
        return (tiles(tokens) * column + tile * depth(columns, column)) * TILE;
    }

    private static int depth(int columns, int column) {
        return Math.min(PackedMatrix.PANEL, columns - column);
    }
}
