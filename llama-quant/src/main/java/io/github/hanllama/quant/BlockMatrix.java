package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.BLOCK;
import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A type of blocks, in strips of 32 rows as {@link BlockLayout} says; a tile is two of them, padded with zeros. */
final class BlockMatrix extends PackedMatrix {
    private final BlockLayout layout;
    private final MemorySegment weights;

    BlockMatrix(DType type, int rows, int columns, MemorySegment weights) {
        super(type, rows, columns);
        this.layout = BlockLayout.of(type);
        this.weights = weights;
    }

    static long packedSize(DType type, int rows, int columns) {
        BlockLayout layout = BlockLayout.of(type);
        return Math.multiplyExact(strips(rows), layout.aheadBytes(columns) + layout.stripBytes(columns));
    }

    private static int strips(int rows) {
        return Math.ceilDiv(rows, TILE) * (TILE / ROWS);
    }

    /** With many tokens, weights are widened once for all of them: to f32, or from four bits to 16 where that is faster. */
    @Override
    public InputForm promptForm() {
        return layout.bits() == 4 ? Kernels.promptsOfFourBits() : InputForm.F32;
    }

    /** With one token, widening to f32 costs more than the product. */
    @Override
    public InputForm generatedForm() {
        return InputForm.INT8;
    }

    /** Of all rows, a strip has 32. */
    BlockStrip strip(int index) {
        long ahead = layout.aheadBytes(columns());
        long at = strips(rows()) * ahead + index * layout.stripBytes(columns());
        return new BlockStrip(layout, columns(), weights, at, index * ahead);
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
        if (layout.direct()) {
            for (int at = 0; at < TILE; at += ROWS) {
                Kernels.blocks().addOne(strip((tile * TILE + at) / ROWS), x, sums, at);
            }
            return;
        }
        float[] panel = TileScratch.own().panel;
        for (int k = 0; k < columns(); k += DEPTH) {
            int depth = Math.min(DEPTH, columns() - k);
            widen(tile, k, depth, panel);
            Kernels.matrix().addRow(panel, depth, x, k, sums);
        }
    }

    @Override
    void addFirst(int tile, int k, int depth, float[] panel, float[] x, int xAt, float[] sums) {
        if (!layout.direct()) {
            widen(tile, k, depth, panel);
            addPanel(panel, depth, x, xAt, sums, 0);
            return;
        }
        for (int row = 0; row < TILE; row += ROWS) {
            BlockStrip strip = strip((tile * TILE + row) / ROWS);
            for (int i = 0; i < depth; i += BLOCK) {
                int to = WeightPanel.at(row, i);
                Kernels.blocks().addFirst(strip, (k + i) / BLOCK, panel, to, x, xAt + i * TokenTiles.TILE, sums, row);
            }
        }
    }

    private void widen(int tile, int k, int depth, float[] panel) {
        for (int at = 0; at < TILE; at += ROWS) {
            BlockStrip strip = strip((tile * TILE + at) / ROWS);
            for (int i = 0; i < depth; i += BLOCK) {
                Kernels.blocks().widen(strip, (k + i) / BLOCK, panel, WeightPanel.at(at, i));
            }
        }
    }

    @Override
    void multiplyLevels(int tileFrom, int tileTo, MatrixInput x, InputForm form, float[] y) {
        if (form == InputForm.INT8_MANY && layout.bits() != 4) {
            throw new IllegalArgumentException(type() + " is not multiplied in " + form);
        }
        QuantizedTokens levels = x.quantized(form);
        if (levels.many()) {
            multiplyTiles(tileFrom, tileTo, levels, x, y);
        } else {
            multiplyStrips(tileFrom, tileTo, levels, x, y);
        }
    }

    private void multiplyTiles(int tileFrom, int tileTo, QuantizedTokens levels, MatrixInput x, float[] y) {
        int length = TokenTiles.length(x.size(), TILE);
        float[] sums = TileScratch.own().sums(length);
        for (int tile = tileFrom; tile < tileTo; tile++) {
            Arrays.fill(sums, 0, length, 0);
            Kernels.blocks().addTile(strip(2 * tile), strip(2 * tile + 1), levels, sums);
            copySums(tile * TILE, TILE, sums, x, y);
        }
    }

    private void multiplyStrips(int tileFrom, int tileTo, QuantizedTokens levels, MatrixInput x, float[] y) {
        int from = tileFrom * (TILE / ROWS);
        int to = Math.ceilDiv(Math.min(tileTo * TILE, rows()), ROWS);
        if (x.size() == 1) {
            int whole = Math.max(from, Math.min(to, rows() / ROWS));
            multiplyWhole(from, whole, levels, y, x.row(0) * rows());
            from = whole;
        }
        if (from < to) {
            multiplyEach(from, to, levels, x, y);
        }
    }

    /** Of one token, the rows of whole strips where they belong. */
    private void multiplyWhole(int from, int to, QuantizedTokens levels, float[] y, int at) {
        Arrays.fill(y, at + from * ROWS, at + to * ROWS, 0);
        Kernels.blocks().add(strip(from), to - from, levels, y, at + from * ROWS);
    }

    private void multiplyEach(int from, int to, QuantizedTokens levels, MatrixInput x, float[] y) {
        int length = TokenTiles.length(x.size(), ROWS);
        float[] sums = TileScratch.own().sums(length);
        for (int strip = from; strip < to; strip++) {
            Arrays.fill(sums, 0, length, 0);
            Kernels.blocks().add(strip(strip), 1, levels, sums, 0);
            copySums(strip * ROWS, ROWS, sums, x, y);
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
