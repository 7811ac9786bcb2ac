package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Puts stored blocks into the lanes of their rows. */
final class BlockPacker extends PackedMatrix.Packer {
    private final BlockMatrix matrix;
    private final BlockLayout layout;
    private final BlockCodec codec;

    BlockPacker(BlockMatrix matrix) {
        super(matrix);
        this.matrix = matrix;
        this.layout = matrix.layout();
        this.codec = BlockCodec.of(matrix.type());
    }

    @Override
    void put(int firstRow, int count, MemorySegment source, long offset) {
        long rowBytes = matrix.type().bytes(matrix.columns());
        for (int row = firstRow; row < firstRow + count; ) {
            int rows = Math.min(ROWS - row % ROWS, firstRow + count - row);
            BlockStrip strip = matrix.strip(row / ROWS);
            long from = offset + (row - firstRow) * rowBytes;
            if (BlockTransposer.canMove(layout)) {
                new BlockTransposer(strip, row % ROWS, rows).move(source, from);
            } else {
                takeApart(strip, row % ROWS, rows, source, from);
            }
            row += rows;
        }
    }

    private void takeApart(BlockStrip strip, int inStrip, int rows, MemorySegment source, long from) {
        int rowBytes = Math.toIntExact(matrix.type().bytes(matrix.columns()));
        byte[] stored = new byte[rowBytes];
        BlockParts parts = new BlockParts(layout);
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, from + (long) row * rowBytes, stored, 0, rowBytes);
            for (int unit = 0; unit < matrix.columns() / layout.unit(); unit++) {
                codec.read(stored, unit * matrix.type().blockBytes(), parts);
                strip.put(inStrip + row, unit, parts);
            }
        }
    }
}
