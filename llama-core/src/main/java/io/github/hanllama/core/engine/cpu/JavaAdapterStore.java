package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.engine.support.AdapterStore;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;

/** An adapter's matrices, packed outside the heap in the type they are stored in. */
final class JavaAdapterStore implements AdapterStore<PackedMatrix> {
    private final JavaWeights weights;
    private final Arena arena = Arena.ofShared();
    private long bytes;

    JavaAdapterStore(JavaWeights weights) {
        this.weights = weights;
    }

    @Override
    public PackedMatrix matrix(Tensor tensor) {
        TensorInfo info = tensor.info();
        PackedMatrix.Packer packer = allocate(info, packedType(info.dtype()));
        if (info.dtype() == packer.type()) {
            tensor.readStoredRows(
                    0, info.rows(), (row, count, stored) -> packer.putStored((int) row, count, stored, 0));
        } else {
            tensor.readRows(0, info.rows(), (row, count, values) -> packer.putFloats((int) row, count, values, 0));
        }
        return packer.pack();
    }

    private static DType packedType(DType stored) {
        return switch (stored) {
            case F16, BF16 -> stored;
            default -> DType.F32;
        };
    }

    private PackedMatrix.Packer allocate(TensorInfo info, DType type) {
        int rows = Math.toIntExact(info.rows());
        int columns = Math.toIntExact(info.rowLength());
        long size = PackedMatrix.byteSize(type, rows, columns);
        try {
            PackedMatrix.Packer packer = PackedMatrix.packer(type, rows, columns, arena);
            bytes += size;
            return packer;
        } catch (OutOfMemoryError e) {
            throw new BackendException(
                    info.name() + ": no memory for " + size + " bytes outside the heap; close other adapters", e);
        }
    }

    @Override
    public PackedMatrix base(String name) {
        return weights.matrix(name);
    }

    @Override
    public void readRow(PackedMatrix matrix, int row, float[] target, int at) {
        matrix.readRow(row, target, at);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void free() {
        arena.close();
    }
}
