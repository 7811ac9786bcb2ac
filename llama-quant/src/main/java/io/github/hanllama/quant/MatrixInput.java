package io.github.hanllama.quant;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What some tokens bring to a product: their activations in the forms that matrices ask for, made once and shared by all
 * matrices of the same width.
 *
 * <pre>{@code
 * MatrixInput x = new MatrixInput(columns);
 * x.begin(tokens, EnumSet.of(matrix.generatedForm())); // their rows in the arrays below
 * for (int tile = 0; tile < x.tiles(); tile++) {       // threads may share the tiles
 *     x.pack(tile, rows);
 * }
 * matrix.multiply(0, matrix.tiles(), x, matrix.generatedForm(), y);
 * }</pre>
 */
public final class MatrixInput {
    /** Tokens that are packed together. */
    public static final int TILE = TokenTiles.TILE;

    private final int columns;
    private final Set<InputForm> forms = EnumSet.noneOf(InputForm.class);
    private int[] tokens = {};
    private float[] tiles = {};
    private QuantizedTokens quantized;
    private QuantizedTokens quantizedMany;

    public MatrixInput(int columns) {
        this.columns = columns;
        this.quantized = new QuantizedTokens(0, 0, false);
        this.quantizedMany = new QuantizedTokens(0, 0, true);
    }

    /** All rows of an array, as they are. */
    public static MatrixInput of(float[] rows, int tokens, int columns) {
        MatrixInput input = new MatrixInput(columns);
        input.begin(IntStream.range(0, tokens).toArray(), EnumSet.of(InputForm.F32));
        for (int tile = 0; tile < input.tiles(); tile++) {
            input.pack(tile, rows);
        }
        return input;
    }

    /**
     * Starts over.
     *
     * @param tokens for each token the index of its row, in the activations and in the product; not copied
     */
    public void begin(int[] tokens, Set<InputForm> wanted) {
        this.tokens = tokens;
        forms.clear();
        forms.addAll(wanted);
        int length = TokenTiles.length(tokens.length, columns);
        if (forms.contains(InputForm.F32) && tiles.length < length) {
            tiles = new float[length];
        }
        if (forms.contains(InputForm.INT8) && quantized.tokens != tokens.length) {
            quantized = new QuantizedTokens(tokens.length, columns, false);
        }
        if (forms.contains(InputForm.INT8_MANY) && quantizedMany.tokens != tokens.length) {
            quantizedMany = new QuantizedTokens(tokens.length, columns, true);
        }
        quantized.begin();
        quantizedMany.begin();
    }

    /** How many. */
    public int size() {
        return tokens.length;
    }

    /** Units of work of {@link #pack}. */
    public int tiles() {
        return TokenTiles.tiles(tokens.length);
    }

    /** Puts a few tokens into every form, out of {@code rows} (any number, columns). */
    public void pack(int tile, float[] rows) {
        pack(tile, 0, columns, rows);
    }

    /**
     * Puts some columns of a few tokens into every form, which threads may share as well.
     *
     * @param fromColumn a multiple of {@link PackedMatrix#TILE}
     * @param toColumn likewise, or the number of columns
     */
    public void pack(int tile, int fromColumn, int toColumn, float[] rows) {
        Objects.checkIndex(tile, tiles());
        Objects.checkFromToIndex(fromColumn, toColumn, columns);
        if (fromColumn % PackedMatrix.TILE != 0 || toColumn % PackedMatrix.TILE != 0 && toColumn != columns) {
            throw new IllegalArgumentException("columns are packed by " + PackedMatrix.TILE + ", was " + fromColumn
                    + " to " + toColumn + " of " + columns);
        }
        int from = tile * TokenTiles.TILE;
        int to = Math.min(tokens.length, from + TokenTiles.TILE);
        for (int i = from; i < to; i++) {
            int at = tokens[i] * columns;
            Objects.checkFromIndexSize(at, columns, rows.length);
            if (forms.contains(InputForm.F32)) {
                TokenTiles.put(rows, at, columns, fromColumn, toColumn, i, tokens.length, tiles);
            }
            if (forms.contains(InputForm.INT8)) {
                quantized.put(i, rows, at, fromColumn, toColumn);
            }
            if (forms.contains(InputForm.INT8_MANY)) {
                quantizedMany.put(i, rows, at, fromColumn, toColumn);
            }
        }
    }

    int columns() {
        return columns;
    }

    /** The row of a token in the product. */
    int row(int token) {
        return tokens[token];
    }

    /** Where the columns from a multiple of {@link PackedMatrix#PANEL} on begin, of some tokens in f32. */
    int tileAt(int tile, int column) {
        return TokenTiles.at(tokens.length, columns, tile, column);
    }

    float[] floats() {
        require(InputForm.F32);
        return tiles;
    }

    QuantizedTokens quantized(InputForm form) {
        require(form);
        return form == InputForm.INT8 ? quantized : quantizedMany;
    }

    private void require(InputForm form) {
        if (!forms.contains(form)) {
            throw new IllegalStateException("the input was made as " + forms + ", the matrix reads " + form);
        }
    }
}
