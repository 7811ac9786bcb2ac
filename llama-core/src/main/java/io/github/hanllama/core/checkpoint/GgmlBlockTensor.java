package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.checkpoint.gguf.GgmlBlocks;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.StoredFloats;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A tensor in blocks of a format before GGUF, read as f32: its scales are f32, and no type of today's has such. */
final class GgmlBlockTensor implements Tensor {
    private static final long MAX_ROW_LENGTH = 1 << 26;

    private final TensorInfo info;
    private final MappedFile file;
    private final long offset;
    private final GgmlBlocks blocks;

    GgmlBlockTensor(TensorInfo info, MappedFile file, long offset, GgmlBlocks blocks) {
        this.info = info;
        this.file = file;
        this.offset = offset;
        this.blocks = blocks;
    }

    @Override
    public TensorInfo info() {
        return info;
    }

    @Override
    public Optional<MemorySegment> raw() {
        return Optional.empty();
    }

    @Override
    public void readRows(long from, long to, RowSink sink) {
        if (info.rowLength() > MAX_ROW_LENGTH) {
            throw new UnsupportedModelException(file.path() + ": " + info.name() + ": expected rows of at most "
                    + MAX_ROW_LENGTH + ", found " + info.shape());
        }
        int rowLength = (int) info.rowLength();
        long rowBytes = blocks.rowBytes(rowLength);
        float[] values = new float[Math.multiplyExact(rowLength, (int) Math.min(to - from, Tiles.rows(rowLength)))];
        MemorySegment memory = file.memory();
        Tiles.forEach(
                info,
                from,
                to,
                (firstRow, rowCount) -> file.guard(() -> {
                    for (int i = 0; i < rowCount; i++) {
                        blocks.read(memory, offset + (firstRow + i) * rowBytes, rowLength, values, i * rowLength);
                    }
                    sink.accept(firstRow, rowCount, values);
                }));
    }

    @Override
    public void readStoredRows(long from, long to, StoredRowSink sink) {
        readRows(from, to, (firstRow, rowCount, values) -> {
            MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(rowCount * info.rowBytes())]);
            StoredFloats.write(DType.F32, values, 0, rowCount * (int) info.rowLength(), bytes, 0);
            sink.accept(firstRow, rowCount, bytes);
        });
    }
}
