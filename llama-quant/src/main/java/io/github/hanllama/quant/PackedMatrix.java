package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.Objects;

/**
 * A weight matrix (rows, columns) outside the heap, laid out for multiplying: many rows side by side.
 *
 * <pre>{@code
 * PackedMatrix.Packer packer = PackedMatrix.packer(DType.Q4_0, rows, columns, arena);
 * packer.putStored(firstRow, count, tile, offset); // row tiles in any order, from any thread
 * PackedMatrix matrix = packer.pack();
 * matrix.multiply(0, matrix.tiles(), x, matrix.promptForm(), y); // y = x · matrix^T
 * }</pre>
 *
 * <p>Numbers are kept as they were stored and widened when used. Immutable and safe to share between threads while its
 * arena is open.
 */
public abstract sealed class PackedMatrix permits PlainMatrix, BlockMatrix {
    /** Changes whenever the bytes of packed matrices do, so that those kept in files can be told apart. */
    public static final int LAYOUT = 5;

    /** Rows of a unit of work. */
    public static final int TILE = 64;

    /** Rows side by side: two of the widest vectors, as many as a kernel reads at a time. */
    static final int STRIP = TILE / 2;

    /** Columns of a part of a sum: short folds keep rounding errors small. */
    static final int DEPTH = 32;

    /** Columns widened at a time: a panel stays in the first-level cache, and tokens are read in long runs. */
    static final int PANEL = 2 * DEPTH;

    private final DType type;
    private final int rows;
    private final int columns;

    PackedMatrix(DType type, int rows, int columns) {
        this.type = type;
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * Allocates room for a matrix.
     *
     * @param memory an arena, or what else gives memory that is zero
     * @throws IllegalArgumentException when it {@link #canPack cannot be packed}
     */
    public static Packer packer(DType type, int rows, int columns, SegmentAllocator memory) {
        MemorySegment weights = memory.allocate(byteSize(type, rows, columns), TILE);
        return switch (of(type, rows, columns, weights)) {
            case BlockMatrix blocks -> new BlockPacker(blocks);
            case PlainMatrix plain -> new PlainPacker(plain);
        };
    }

    /**
     * A matrix in memory that holds what {@link #packed} gave, under the same {@link #LAYOUT}, for example a mapped file.
     *
     * @throws IllegalArgumentException when the memory has another size
     */
    public static PackedMatrix of(DType type, int rows, int columns, MemorySegment packed) {
        long size = byteSize(type, rows, columns);
        if (packed.byteSize() != size) {
            throw new IllegalArgumentException(
                    "expected " + size + " bytes for a packed matrix, was " + packed.byteSize());
        }
        return type.isBlocks()
                ? new BlockMatrix(type, rows, columns, packed)
                : new PlainMatrix(type, rows, columns, packed);
    }

    /** Whether rows of that many columns can be packed in that type. */
    public static boolean canPack(DType type, int columns) {
        return switch (type) {
            case F32, F16, BF16 -> true;
            default -> type.isBlocks() && columns % type.blockSize() == 0;
        };
    }

    /** Bytes a packed matrix takes, padding included. */
    public static long byteSize(DType type, int rows, int columns) {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("a matrix needs rows and columns, was " + rows + " x " + columns);
        }
        if (!canPack(type, columns)) {
            throw new IllegalArgumentException(
                    type + " cannot be packed in rows of " + columns + "; F32, F16 and BF16 can, and whole blocks");
        }
        return type.isBlocks()
                ? BlockMatrix.packedSize(type, rows, columns)
                : PlainMatrix.packedSize(type, rows, columns);
    }

    public final DType type() {
        return type;
    }

    public final int rows() {
        return rows;
    }

    public final int columns() {
        return columns;
    }

    /** Units of work: threads share a product by its tiles of {@link #TILE} rows. */
    public final int tiles() {
        return Math.ceilDiv(rows, TILE);
    }

    /** What to read the tokens of prompts as. */
    public abstract InputForm promptForm();

    /** What to read generated tokens as. */
    public abstract InputForm generatedForm();

    /**
     * Computes rows {@code TILE * tileFrom .. TILE * tileTo} of the product with each token.
     *
     * <p>In {@link InputForm#F32}, which every type can do, every result is the sum of its parts of 32 columns, ascending;
     * a part is {@code part = fma(w[k], x[k], part)} in f32 with k ascending from 0, and w is the dequantized weight. So
     * rounding errors grow with the length of a part and the number of parts, not with the number of columns.
     *
     * <p>In {@link InputForm#INT8} and {@link InputForm#INT8_MANY}, for types of blocks, {@code sum = fma(dot, scale * xScale, sum)} for every group of
     * columns that shares a scale, ascending, where dot is the exact integer product of levels; a type with offsets then
     * adds {@code sum = fma(offset, xScale * xLevels, sum)}.
     *
     * <p>Either has the same bits for any kernels, number of tokens and split into tiles.
     *
     * @param y of every token the row that {@code x} says, each as wide as this matrix has rows; others stay
     * @throws IllegalStateException when {@code x} was not made in that form
     */
    public final void multiply(int tileFrom, int tileTo, MatrixInput x, InputForm form, float[] y) {
        Objects.checkFromToIndex(tileFrom, tileTo, tiles());
        if (x.columns() != columns) {
            throw new IllegalArgumentException("input of " + x.columns() + " columns, the matrix has " + columns);
        }
        for (int i = 0; i < x.size(); i++) {
            Objects.checkFromIndexSize(Math.multiplyExact(x.row(i), rows), rows, y.length);
        }
        switch (form) {
            case F32 -> multiplyFloats(tileFrom, tileTo, x, y);
            case INT8, INT8_MANY -> multiplyLevels(tileFrom, tileTo, x, form, y);
        }
    }

    private void multiplyFloats(int tileFrom, int tileTo, MatrixInput x, float[] y) {
        if (x.size() == 1) {
            multiplyOne(tileFrom, tileTo, x, y);
        } else {
            multiplyMany(tileFrom, tileTo, x, y);
        }
    }

    private void multiplyOne(int tileFrom, int tileTo, MatrixInput x, float[] y) {
        float[] sums = TileScratch.own().sums(TILE);
        for (int tile = tileFrom; tile < tileTo; tile++) {
            Arrays.fill(sums, 0, TILE, 0);
            addOne(tile, x.floats(), sums);
            copySums(tile * TILE, TILE, sums, x, y);
        }
    }

    private void multiplyMany(int tileFrom, int tileTo, MatrixInput x, float[] y) {
        int length = TokenTiles.length(x.size(), TILE);
        float[] sums = TileScratch.own().sums(length);
        float[] panel = TileScratch.own().panel;
        for (int tile = tileFrom; tile < tileTo; tile++) {
            Arrays.fill(sums, 0, length, 0);
            for (int k = 0; k < columns; k += PANEL) {
                int depth = Math.min(PANEL, columns - k);
                addFirst(tile, k, depth, panel, x.floats(), x.tileAt(0, k), sums);
                for (int i = 1; i < x.tiles(); i++) {
                    addPanel(panel, depth, x.floats(), x.tileAt(i, k), sums, i * TokenTiles.TILE * TILE);
                }
            }
            copySums(tile * TILE, TILE, sums, x, y);
        }
    }

    static void addPanel(float[] panel, int depth, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int k = 0; k < depth; k += DEPTH) {
            Kernels.matrix().addPart(panel, k, Math.min(DEPTH, depth - k), x, xAt + k * TokenTiles.TILE, sums, sumsAt);
        }
    }

    /** Adds one token's product with a tile to the sums of its rows. */
    abstract void addOne(int tile, float[] x, float[] sums);

    /**
     * Puts the columns of a tile from a multiple of {@link #DEPTH} on into a {@link WeightPanel}, and adds their product with the
     * first tile of tokens to its sums.
     */
    abstract void addFirst(int tile, int k, int depth, float[] panel, float[] x, int xAt, float[] sums);

    abstract void multiplyLevels(int tileFrom, int tileTo, MatrixInput x, InputForm form, float[] y);

    /** Hands out what was summed up for rows {@code first .. first + count}, as far as there are that many. */
    final void copySums(int first, int count, float[] sums, MatrixInput x, float[] y) {
        for (int t = 0; t < x.size(); t++) {
            System.arraycopy(sums, t * count, y, x.row(t) * rows + first, Math.min(rows - first, count));
        }
    }

    /** Reads one row as f32, for example the embedding of a token. */
    public final void readRow(int row, float[] target, int at) {
        Objects.checkIndex(row, rows);
        Objects.checkFromIndexSize(at, columns, target.length);
        read(row, target, at);
    }

    abstract void read(int row, float[] target, int at);

    /** All of it, padding included, to be read. */
    public final MemorySegment packed() {
        return weights().asReadOnly();
    }

    abstract MemorySegment weights();

    /** Fills a {@link PackedMatrix}: every row once, in any order, from any number of threads. */
    public abstract static sealed class Packer permits PlainPacker, BlockPacker {
        private final PackedMatrix matrix;

        Packer(PackedMatrix matrix) {
            this.matrix = matrix;
        }

        /** The type the matrix keeps. */
        public final DType type() {
            return matrix.type;
        }

        /** Puts rows already stored in the matrix's type, little-endian, one after another from byte {@code offset}. */
        public final void putStored(int firstRow, int count, MemorySegment source, long offset) {
            Objects.checkFromIndexSize(firstRow, count, matrix.rows);
            long rowBytes = matrix.type.bytes(matrix.columns);
            Objects.checkFromIndexSize(offset, count * rowBytes, source.byteSize());
            put(firstRow, count, source, offset);
        }

        /** Puts rows of f32, rounded to the matrix's type, one after another from index {@code at}. */
        public final void putFloats(int firstRow, int count, float[] source, int at) {
            Objects.checkFromIndexSize(firstRow, count, matrix.rows);
            Objects.checkFromIndexSize(at, Math.multiplyExact(count, matrix.columns), source.length);
            int most = Math.min(count, TILE);
            MemorySegment stored = MemorySegment.ofArray(new byte[(int) (most * matrix.type.bytes(matrix.columns))]);
            for (int done = 0; done < count; done += TILE) {
                int rows = Math.min(TILE, count - done);
                round(source, at + done * matrix.columns, rows * matrix.columns, stored);
                put(firstRow + done, rows, stored, 0);
            }
        }

        private void round(float[] source, int at, int count, MemorySegment stored) {
            if (matrix.type.isBlocks()) {
                BlockCodec.of(matrix.type).quantize(source, at, count, stored, 0);
            } else {
                StoredFloats.write(matrix.type, source, at, count, stored, 0);
            }
        }

        abstract void put(int firstRow, int count, MemorySegment source, long offset);

        /** The filled matrix; the packer must not be used after. */
        public final PackedMatrix pack() {
            return matrix;
        }
    }
}
