package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Takes stored blocks apart into the lanes of their rows. */
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
        int rowBytes = Math.toIntExact(matrix.type().bytes(matrix.columns()));
        byte[] stored = new byte[rowBytes];
        BlockParts parts = new BlockParts(layout);
        for (int row = firstRow; row < firstRow + count; row++) {
            long from = offset + (long) (row - firstRow) * rowBytes;
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, from, stored, 0, rowBytes);
            BlockStrip strip = matrix.strip(row / ROWS);
            for (int unit = 0; unit < matrix.columns() / layout.unit(); unit++) {
                codec.read(stored, unit * matrix.type().blockBytes(), parts);
                strip.put(row % ROWS, unit, parts);
            }
        }
    }
}
