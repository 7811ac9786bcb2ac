package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that files share.
 *
 * @param source its rows, in the order of the files
 * @param whole its name and type there
 * @param axis along which it is cut
 * @param bounds where the part of each file begins, and after the last one where it ends
 */
public record SplitTensor(Tensor source, TensorInfo whole, Axis axis, List<Long> bounds) {
    public SplitTensor {
        bounds = List.copyOf(bounds);
    }

    /** One that a single file has. */
    public static SplitTensor whole(Tensor source, TensorInfo target) {
        return new SplitTensor(source, target, Axis.NONE, List.of());
    }

    /** Along which a tensor is cut. */
    public enum Axis {
        ROWS,
        COLUMNS,
        /** Not at all: each file has all of it. */
        NONE
    }

    /** What one of the files has of it. */
    public TensorInfo part(int file) {
        long size = axis == Axis.NONE ? 0 : bounds.get(file + 1) - bounds.get(file);
        return switch (axis) {
            case NONE -> whole;
            case ROWS -> shaped(size, whole.rowLength());
            case COLUMNS -> shaped(whole.rows(), size);
        };
    }

    private TensorInfo shaped(long rows, long columns) {
        return new TensorInfo(whole.name(), List.of(rows, columns), whole.dtype());
    }

    /** Bounds of equal parts. */
    public static List<Long> equal(long size, int parts) {
        List<Long> bounds = new ArrayList<>();
        for (int i = 0; i <= parts; i++) {
            bounds.add(size / parts * i);
        }
        return bounds;
    }
}
