package io.github.hanllama.quant;

import java.util.Objects;

/**
 * The activations of several tokens, four side by side: the layout {@link PackedMatrix#multiply} reads.
 *
 * <p>Layout: (tiles, columns, 4); the last tile is padded. One token alone needs no packing: its tile is the row itself.
 */
public final class TokenTiles {
    /** Tokens side by side. */
    public static final int TILE = 4;

    private TokenTiles() {}

    /** Tiles of that many tokens. */
    public static int tiles(int tokens) {
        return Math.ceilDiv(tokens, TILE);
    }

    /** Floats that the tiles of that many tokens take. */
    public static int length(int tokens, int columns) {
        return tokens == 1 ? columns : Math.multiplyExact(tiles(tokens) * TILE, columns);
    }

    /**
     * Packs tiles {@code from .. to}; threads may share the tiles of one array.
     *
     * @param rows (tokens, columns), row by row
     * @param packed at least {@link #length} floats; padding is left as it is and never reaches a result
     */
    public static void pack(float[] rows, int tokens, int columns, int from, int to, float[] packed) {
        Objects.checkFromToIndex(from, to, tiles(tokens));
        Objects.checkFromIndexSize(0, Math.multiplyExact(tokens, columns), rows.length);
        Objects.checkFromIndexSize(0, length(tokens, columns), packed.length);
        if (tokens == 1) {
            System.arraycopy(rows, 0, packed, 0, columns);
            return;
        }
        for (int t = from * TILE; t < Math.min(to * TILE, tokens); t++) {
            int at = t / TILE * TILE * columns + t % TILE;
            for (int k = 0; k < columns; k++) {
                packed[at + k * TILE] = rows[t * columns + k];
            }
        }
    }
}
