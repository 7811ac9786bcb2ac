package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Puts stored blocks into the lanes of their rows. */
final class BlockPacker extends PackedMatrix.Packer {
    /** Columns moved at a time: long runs in memory, and what is made of them still fits the first-level cache. */
    private static final int RUN = 512;

    private final BlockMatrix matrix;
    private final BlockLayout layout;
    private final BlockCodec codec;
    private final int units;

    BlockPacker(BlockMatrix matrix) {
        super(matrix);
        this.matrix = matrix;
        this.layout = matrix.layout();
        this.codec = BlockCodec.of(matrix.type());
        this.units = matrix.columns() / layout.unit();
    }

    @Override
    void put(int firstRow, int count, MemorySegment source, long offset) {
        int most = Math.min(units, RUN / layout.unit());
        byte[] stored = new byte[ROWS * most * matrix.type().blockBytes()];
        LaneRun run = new LaneRun(layout, most);
        long rowBytes = matrix.type().bytes(matrix.columns());
        for (int row = firstRow; row < firstRow + count; ) {
            int rows = Math.min(ROWS - row % ROWS, firstRow + count - row);
            putStrip(row, rows, source, offset + (row - firstRow) * rowBytes, stored, run);
            row += rows;
        }
    }

    /** Rows of one strip. */
    private void putStrip(int firstRow, int rows, MemorySegment source, long from, byte[] stored, LaneRun run) {
        int blockBytes = matrix.type().blockBytes();
        int runBytes = stored.length / ROWS;
        int most = runBytes / blockBytes;
        int inStrip = firstRow % ROWS;
        BlockStrip strip = matrix.strip(firstRow / ROWS);
        for (int unit = 0; unit < units; unit += most) {
            int length = Math.min(most, units - unit);
            for (int row = 0; row < rows; row++) {
                long at = from + ((long) row * units + unit) * blockBytes;
                MemorySegment.copy(
                        source, ValueLayout.JAVA_BYTE, at, stored, (inStrip + row) * runBytes, length * blockBytes);
            }
            for (int lane = inStrip & -2; lane < inStrip + rows; lane += 2) {
                run.begin(lane);
                codec.read(new BlockPair(stored, lane * runBytes, (lane + 1) * runBytes), length, run);
            }
            run.moveTo(strip, unit, length, inStrip, rows);
        }
    }
}
