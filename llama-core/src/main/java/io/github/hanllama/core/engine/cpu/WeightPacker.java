package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a checkpoint's matrices into packed ones, in row ranges that the team shares. */
final class WeightPacker {
    /** Stored bytes of one range: small enough to balance, large enough to stream. */
    private static final long RANGE_BYTES = 16 << 20;

    private final WeightReader reader;
    private final EngineOptions options;
    private final Arena arena;
    private final List<Range> ranges = new ArrayList<>();
    private final Map<String, PackedMatrix> matrices = new HashMap<>();
    private final Set<DType> types = EnumSet.noneOf(DType.class);

    WeightPacker(Checkpoint checkpoint, EngineOptions options, Arena arena) {
        this.reader = new WeightReader(checkpoint, options);
        this.options = options;
        this.arena = arena;
    }

    /** A matrix that is filled by {@link #readAll}. Types that cannot be packed become f32. */
    PackedMatrix matrix(String name, int rows, int columns) {
        Tensor tensor = reader.tensor(name, List.of((long) rows, (long) columns));
        DType type = packedType(tensor.info().dtype());
        PackedMatrix.Packer packer = allocate(name, type, rows, columns);
        int step = Math.clamp(RANGE_BYTES / tensor.info().rowBytes(), 1, rows);
        for (int row = 0; row < rows; row += step) {
            ranges.add(new Range(tensor, packer, row, Math.min(rows, row + step)));
        }
        types.add(type);
        matrices.put(name, packer.pack());
        return packer.pack();
    }

    private static DType packedType(DType stored) {
        boolean packed = stored.isBlocks() || stored == DType.F16 || stored == DType.BF16;
        return packed ? stored : DType.F32;
    }

    private PackedMatrix.Packer allocate(String name, DType type, int rows, int columns) {
        try {
            return PackedMatrix.packer(type, rows, columns, arena);
        } catch (OutOfMemoryError e) {
            throw new BackendException(
                    name + ": no memory for " + PackedMatrix.byteSize(type, rows, columns)
                            + " bytes outside the heap; free memory or use a smaller model",
                    e);
        }
    }

    /** A vector in f32, read at once. */
    float[] vector(String name, int length) {
        float[] vector = new float[length];
        reader.readRows(
                name,
                List.of((long) length),
                (row, rowCount, values) -> System.arraycopy(values, 0, vector, 0, length));
        return vector;
    }

    /** Fills every matrix. */
    void readAll(Team team) {
        team.forEach(ranges.size(), (member, item) -> ranges.get(item).read());
    }

    /** Every matrix, by the name of its tensor. */
    Map<String, PackedMatrix> matrices() {
        return matrices;
    }

    /** The types matrices are packed in. */
    Set<DType> types() {
        return types;
    }

    /** Rows of a tensor on their way into a matrix. */
    private final class Range {
        private final Tensor tensor;
        private final PackedMatrix.Packer packer;
        private final int from;
        private final int to;

        Range(Tensor tensor, PackedMatrix.Packer packer, int from, int to) {
            this.tensor = tensor;
            this.packer = packer;
            this.from = from;
            this.to = to;
        }

        void read() {
            options.cancellation().throwIfCancelled();
            if (tensor.info().dtype() == packer.type()) {
                tensor.readStoredRows(from, to, (row, count, bytes) -> {
                    packer.putStored((int) row, count, bytes, 0);
                    tell(count);
                });
            } else {
                tensor.readRows(from, to, (row, count, values) -> {
                    packer.putFloats((int) row, count, values, 0);
                    tell(count);
                });
            }
        }

        private void tell(int rows) {
            options.cancellation().throwIfCancelled();
            reader.progress(tensor.info().name(), rows * tensor.info().rowBytes());
        }
    }
}
