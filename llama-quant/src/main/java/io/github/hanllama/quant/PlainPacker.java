package io.github.hanllama.quant;

import java.lang.foreign.MemorySegment;

/** Moves rows of plain types into their lanes. */
final class PlainPacker extends PackedMatrix.Packer {
    private final PlainMatrix matrix;

    PlainPacker(PlainMatrix matrix) {
        super(matrix);
        this.matrix = matrix;
    }

    @Override
    void put(int firstRow, int count, MemorySegment source, long offset) {
        long rowBytes = matrix.type().bytes(matrix.columns());
        for (int row = firstRow; row < firstRow + count; ) {
            int inStrip = row % PackedMatrix.STRIP;
            int rows = Math.min(PackedMatrix.STRIP - inStrip, firstRow + count - row);
            RowTransposer transposer = new RowTransposer(matrix.columns(), inStrip, rows);
            transposer.transpose(
                    matrix.type(),
                    source,
                    offset + (row - firstRow) * rowBytes,
                    matrix.weights(),
                    matrix.address(row - inStrip, 0));
            row += rows;
        }
    }
}
