package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a checkpoint's matrices into packed ones, which the team shares: first as memory is made, then range by range. */
final class WeightPacker {
    /** Stored bytes of one range: small enough to balance, large enough to stream. */
    private static final long RANGE_BYTES = 8 << 20;

    private final WeightReader reader;
    private final EngineOptions options;
    private final Arena arena;
    private final Team team;

    WeightPacker(WeightReader reader, EngineOptions options, Arena arena, Team team) {
        this.reader = reader;
        this.options = options;
        this.arena = arena;
        this.team = team;
    }

    /**
     * Every matrix of the plan, by the name of its tensor.
     *
     * @throws BackendException when there is not enough memory
     */
    Map<String, PackedMatrix> pack(WeightPlan plan) {
        List<WeightPlan.Matrix> matrices = plan.matrices();
        SegmentAllocator memory = HugePages.room(
                arena,
                matrices.stream()
                        .mapToLong(matrix -> HugePages.taken(matrix.byteSize()))
                        .sum());
        PackedMatrix.Packer[] packers = new PackedMatrix.Packer[matrices.size()];
        team.forEach(packers.length, (member, item) -> packers[item] = allocate(matrices.get(item), memory));
        List<Range> ranges = new ArrayList<>();
        Map<String, PackedMatrix> packed = new HashMap<>();
        for (int i = 0; i < packers.length; i++) {
            cut(matrices.get(i), packers[i], ranges);
            packed.put(matrices.get(i).name(), packers[i].pack());
        }
        team.forEach(ranges.size(), (member, item) -> ranges.get(item).read());
        return packed;
    }

    /** An arena's memory is filled with zeros first, which takes as long as packing does. */
    private PackedMatrix.Packer allocate(WeightPlan.Matrix matrix, SegmentAllocator memory) {
        options.cancellation().throwIfCancelled();
        try {
            return PackedMatrix.packer(matrix.type(), matrix.rows(), matrix.columns(), memory);
        } catch (OutOfMemoryError e) {
            throw new BackendException(
                    matrix.name() + ": no memory for " + matrix.byteSize()
                            + " bytes outside the heap; free memory or use a smaller model",
                    e);
        }
    }

    /** Ranges begin where a tile of the matrix does, so that no two threads write to the same lines. */
    private void cut(WeightPlan.Matrix matrix, PackedMatrix.Packer packer, List<Range> ranges) {
        long tiles = RANGE_BYTES / PackedMatrix.TILE / matrix.tensor().info().rowBytes();
        int step = PackedMatrix.TILE * Math.clamp(tiles, 1, Math.ceilDiv(matrix.rows(), PackedMatrix.TILE));
        for (int row = 0; row < matrix.rows(); row += step) {
            ranges.add(new Range(matrix.tensor(), packer, row, Math.min(matrix.rows(), row + step)));
        }
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
