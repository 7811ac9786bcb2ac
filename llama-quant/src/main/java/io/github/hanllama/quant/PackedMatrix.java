package io.github.hanllama.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * A weight matrix (rows, columns) outside the heap, laid out for multiplying: 32 rows side by side.
 *
 * <pre>{@code
 * PackedMatrix.Packer packer = PackedMatrix.packer(DType.BF16, rows, columns, arena);
 * packer.putStored(firstRow, count, tile, offset); // row tiles in any order, from any thread
 * PackedMatrix matrix = packer.pack();
 * matrix.multiply(0, matrix.tiles(), x, tokens, y); // y = x · matrix^T
 * }</pre>
 *
 * <p>Layout: strips of 32 rows, each (columns, 32) in the stored type, so that a strip is read from end to end; a tile is
 * two strips, the last one padded with zeros. Numbers are kept as they were stored and widened to f32 when used.
 *
 * <p>Immutable and safe to share between threads while its arena is open.
 */
public final class PackedMatrix {
    /** Rows of a unit of work. */
    public static final int TILE = 64;

    /** Rows side by side: two of the widest vectors, as many as a kernel reads at a time. */
    static final int STRIP = TILE / 2;

    /** Columns of a block: short folds keep rounding errors small, and its panel stays in the first-level cache. */
    static final int DEPTH = 32;

    private final DType type;
    private final int rows;
    private final int columns;
    private final MemorySegment weights; // (strips, columns, STRIP)

    private PackedMatrix(DType type, int rows, int columns, MemorySegment weights) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.weights = weights;
    }

    /**
     * Allocates room for a matrix, which the arena then owns.
     *
     * @param type {@link DType#F32}, {@link DType#F16} or {@link DType#BF16}
     */
    public static Packer packer(DType type, int rows, int columns, Arena arena) {
        MemorySegment weights = arena.allocate(byteSize(type, rows, columns), TILE);
        return new Packer(new PackedMatrix(type, rows, columns, weights));
    }

    /** Bytes a packed matrix takes, padding included. */
    public static long byteSize(DType type, int rows, int columns) {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("a matrix needs rows and columns, was " + rows + " x " + columns);
        }
        return switch (type) {
            case F32, F16, BF16 -> type.bytes((long) Math.ceilDiv(rows, TILE) * TILE * columns);
            default -> throw new IllegalArgumentException(type + " cannot be packed; F32, F16 and BF16 can");
        };
    }

    public DType type() {
        return type;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** Units of work: threads share a product by its tiles of {@link #TILE} rows. */
    public int tiles() {
        return Math.ceilDiv(rows, TILE);
    }

    /**
     * Computes rows {@code TILE * tileFrom .. TILE * tileTo} of the product with each token.
     *
     * <p>Every result is the sum of its blocks of 32 columns, ascending; a block is {@code part = fma(w[k], x[k], part)} in
     * f32 with k ascending from 0. So it has the same bits for any kernels, number of tokens and split into tiles, and
     * rounding errors grow with the length of a block and the number of blocks, not with the number of columns.
     *
     * @param x the tokens in {@link TokenTiles}; a single token is just its row
     * @param y (tokens, rows); only the computed rows are written
     */
    public void multiply(int tileFrom, int tileTo, float[] x, int tokens, float[] y) {
        Objects.checkFromToIndex(tileFrom, tileTo, tiles());
        Objects.checkFromIndexSize(0, TokenTiles.length(tokens, columns), x.length);
        Objects.checkFromIndexSize(0, Math.multiplyExact(tokens, rows), y.length);
        if (tokens == 1) {
            multiplyOne(tileFrom, tileTo, x, y);
        } else {
            multiplyMany(tileFrom, tileTo, x, tokens, y);
        }
    }

    private void multiplyOne(int tileFrom, int tileTo, float[] x, float[] y) {
        MatrixKernel kernel = Kernels.matrix();
        float[] sums = new float[TILE];
        for (int tile = tileFrom; tile < tileTo; tile++) {
            Arrays.fill(sums, 0);
            for (int at = 0; at < TILE; at += STRIP) {
                for (int k = 0; k < columns; k += DEPTH) {
                    int depth = Math.min(DEPTH, columns - k);
                    kernel.addOne(type, weights, address(tile * TILE + at, k), depth, x, k, sums, at);
                }
            }
            copySums(tile, sums, 1, y);
        }
    }

    private void multiplyMany(int tileFrom, int tileTo, float[] x, int tokens, float[] y) {
        float[] sums = new float[TokenTiles.length(tokens, TILE)];
        float[] strip = new float[DEPTH * STRIP];
        float[] panel = new float[DEPTH * TILE];
        float[] parts = new float[TokenTiles.TILE * TILE];
        for (int tile = tileFrom; tile < tileTo; tile++) {
            Arrays.fill(sums, 0);
            for (int k = 0; k < columns; k += DEPTH) {
                int depth = Math.min(DEPTH, columns - k);
                widen(tile, k, depth, strip, panel);
                for (int t = 0; t < tokens; t += TokenTiles.TILE) {
                    Kernels.matrix().foldPanel(panel, depth, x, t * columns + k * TokenTiles.TILE, parts);
                    Kernels.vector().add(sums, t * TILE, parts, 0, parts.length);
                }
            }
            copySums(tile, sums, tokens, y);
        }
    }

    /** Puts a block of both strips of a tile side by side: one run of addresses suits the kernel better than two. */
    private void widen(int tile, int k, int depth, float[] strip, float[] panel) {
        for (int at = 0; at < TILE; at += STRIP) {
            StoredFloats.read(type, weights, address(tile * TILE + at, k), strip, 0, depth * STRIP);
            for (int i = 0; i < depth; i++) {
                System.arraycopy(strip, i * STRIP, panel, i * TILE + at, STRIP);
            }
        }
    }

    private void copySums(int tile, float[] sums, int tokens, float[] y) {
        int count = Math.min(TILE, rows - tile * TILE);
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(sums, t * TILE, y, t * rows + tile * TILE, count);
        }
    }

    /** Reads one row as f32, for example the embedding of a token. */
    public void readRow(int row, float[] target, int at) {
        Objects.checkIndex(row, rows);
        Objects.checkFromIndexSize(at, columns, target.length);
        long step = type.bytes(STRIP);
        long address = address(row - row % STRIP, 0) + type.bytes(row % STRIP);
        for (int k = 0; k < columns; k++) {
            StoredFloats.read(type, weights, address + k * step, target, at + k, 1);
        }
    }

    /** Byte offset of a column of the strip that begins with the row. */
    private long address(int firstRow, int column) {
        return type.bytes((long) firstRow * columns + (long) column * STRIP);
    }

    /** Fills a {@link PackedMatrix}: every row once, in any order, from any number of threads. */
    public static final class Packer {
        private final PackedMatrix matrix;

        private Packer(PackedMatrix matrix) {
            this.matrix = matrix;
        }

        /** The type the matrix keeps. */
        public DType type() {
            return matrix.type;
        }

        /** Puts rows already stored in the matrix's type, little-endian, one after another from byte {@code offset}. */
        public void putStored(int firstRow, int count, MemorySegment source, long offset) {
            Objects.checkFromIndexSize(firstRow, count, matrix.rows);
            long rowBytes = matrix.type.bytes(matrix.columns);
            Objects.checkFromIndexSize(offset, count * rowBytes, source.byteSize());
            for (int row = firstRow; row < firstRow + count; ) {
                int inStrip = row % STRIP;
                int rows = Math.min(STRIP - inStrip, firstRow + count - row);
                RowTransposer transposer = new RowTransposer(matrix.columns, inStrip, rows);
                transposer.transpose(
                        matrix.type,
                        source,
                        offset + (row - firstRow) * rowBytes,
                        matrix.weights,
                        matrix.address(row - inStrip, 0));
                row += rows;
            }
        }

        /** Puts rows of f32, rounded to the matrix's type, one after another from index {@code at}. */
        public void putFloats(int firstRow, int count, float[] source, int at) {
            Objects.checkFromIndexSize(firstRow, count, matrix.rows);
            Objects.checkFromIndexSize(at, Math.multiplyExact(count, matrix.columns), source.length);
            MemorySegment stored = MemorySegment.ofArray(new byte[(int) matrix.type.bytes(matrix.columns * TILE)]);
            for (int done = 0; done < count; done += TILE) {
                int rows = Math.min(TILE, count - done);
                StoredFloats.write(matrix.type, source, at + done * matrix.columns, rows * matrix.columns, stored, 0);
                putStored(firstRow + done, rows, stored, 0);
            }
        }

        /** The filled matrix; the packer must not be used after. */
        public PackedMatrix pack() {
            return matrix;
        }
    }
}
