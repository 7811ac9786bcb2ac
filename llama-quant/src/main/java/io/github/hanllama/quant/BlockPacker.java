package io.github.hanllama.quant;

import static io.github.hanllama.quant.BlockLayout.ROWS;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Puts stored blocks into the lanes of their rows. */
final class BlockPacker extends PackedMatrix.Packer {
    /** Bytes of a row read at a time: rows follow one another, so all of memory is read in order, and a strip's fit the second-level cache. */
    private static final int READ = 8 << 10;

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
        int read = Math.min(units, Math.ceilDiv(READ / matrix.type().blockBytes(), most) * most);
        byte[] stored = new byte[ROWS * read * matrix.type().blockBytes()];
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
        int readBytes = stored.length / ROWS;
        int read = readBytes / blockBytes;
        int inStrip = firstRow % ROWS;
        BlockStrip strip = matrix.strip(firstRow / ROWS);
        for (int unit = 0; unit < units; unit += read) {
            int length = Math.min(read, units - unit);
            for (int row = 0; row < rows; row++) {
                long at = from + ((long) row * units + unit) * blockBytes;
                MemorySegment.copy(
                        source, ValueLayout.JAVA_BYTE, at, stored, (inStrip + row) * readBytes, length * blockBytes);
            }
            move(stored, length, run, strip, unit, inStrip, rows);
        }
    }

    private void move(byte[] stored, int units, LaneRun run, BlockStrip strip, int unit, int inStrip, int rows) {
        int blockBytes = matrix.type().blockBytes();
        int readBytes = stored.length / ROWS;
        for (int done = 0; done < units; done += run.units()) {
            int length = Math.min(run.units(), units - done);
            for (int lane = inStrip & -2; lane < inStrip + rows; lane += 2) {
                int at = lane * readBytes + done * blockBytes;
                run.begin(lane);
                codec.read(new BlockPair(stored, at, at + readBytes), length, run);
            }
            run.moveTo(strip, unit + done, length, inStrip, rows);
        }
    }
}
