package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A type of blocks, in strips of 16 rows as {@link BlockLayout} says; a tile is four of them, padded with zeros. */
final class BlockMatrix extends PackedMatrix {
    private final BlockLayout layout;
    private final MemorySegment weights;

    BlockMatrix(DType type, int rows, int columns, MemorySegment weights) {
        super(type, rows, columns);
        this.layout = BlockLayout.of(type);
        this.weights = weights;
    }

    static long packedSize(DType type, int rows, int columns) {
        int strips = Math.ceilDiv(rows, TILE) * (TILE / ROWS);
        return Math.multiplyExact(strips, BlockLayout.of(type).stripBytes(columns));
    }

    /** With many tokens, products of four bits in 16-bit lanes are faster than products in f32, those of more are not. */
    @Override
    public InputForm promptForm() {
        return layout.bits() == 4 ? InputForm.INT8 : InputForm.F32;
    }

    /** With one token f32 keeps pace with the memory only where levels are bytes. */
    @Override
    public InputForm generatedForm() {
        return layout.bits() == Byte.SIZE ? InputForm.F32 : InputForm.INT8;
    }

    /** Of all rows, a strip has 16. */
    BlockStrip strip(int index) {
        return new BlockStrip(layout, columns(), weights, index * layout.stripBytes(columns()));
    }

    BlockLayout layout() {
        return layout;
    }

    @Override
    MemorySegment weights() {
        return weights;
    }

    @Override
    void addOne(int tile, float[] x, float[] sums) {
        if (layout.bits() == Byte.SIZE) {
            for (int at = 0; at < TILE; at += ROWS) {
                Kernels.blocks().addBytes(strip((tile * TILE + at) / ROWS), x, sums, at);
            }
            return;
        }
        float[] panel = new float[DEPTH * TILE];
        for (int k = 0; k < columns(); k += DEPTH) {
            widen(tile, k, DEPTH, panel, panel);
            Kernels.matrix().addRow(panel, DEPTH, x, k, sums);
        }
    }

    @Override
    void widen(int tile, int k, int depth, float[] strip, float[] panel) {
        for (int at = 0; at < TILE; at += ROWS) {
            Kernels.blocks().widen(strip((tile * TILE + at) / ROWS), k / DEPTH, panel, at);
        }
    }

    @Override
    void multiplyLevels(int tileFrom, int tileTo, MatrixInput x, float[] y) {
        if (layout.bits() == Byte.SIZE) {
            throw new IllegalArgumentException(type() + " is multiplied in F32 only");
        }
        int rows = x.size() == 1 ? ROWS : BlockKernel.PAIR;
        float[] sums = new float[TokenTiles.length(x.size(), rows)];
        for (int row = tileFrom * TILE; row < Math.min(tileTo * TILE, rows()); row += rows) {
            Arrays.fill(sums, 0);
            if (x.size() == 1) {
                Kernels.blocks().addOne(strip(row / ROWS), x.quantized(), sums, 0);
            } else {
                Kernels.blocks().addMany(strip(row / ROWS), strip(row / ROWS + 1), x.quantized(), sums);
            }
            copySums(row, rows, sums, x, y);
        }
    }

    @Override
    void read(int row, float[] target, int at) {
        BlockStrip strip = strip(row / ROWS);
        for (int block = 0; block < strip.blocks(); block++) {
            strip.read(row % ROWS, block, target, at + block * BlockLayout.BLOCK);
        }
    }
}
