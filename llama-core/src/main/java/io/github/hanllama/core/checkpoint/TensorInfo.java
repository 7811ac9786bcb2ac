package io.github.hanllama.core.checkpoint;

import io.github.hanllama.quant.DType;
import java.util.List;

/**
 * Name, shape and type of a tensor. A tensor is read by rows: the first dimension counts rows, a vector is one row and
 * a scalar is one row of one element.
 */
public record TensorInfo(String name, List<Long> shape, DType dtype) {
    public TensorInfo {
        shape = List.copyOf(shape);
        requireBounded(shape, dtype);
    }

    /** Rows of {@link #rowLength()} elements each. */
    public long rows() {
        return shape.size() < 2 ? 1 : shape.getFirst();
    }

    /** Elements per row. */
    public long rowLength() {
        return shape.size() < 2 ? elements() : elements(shape.subList(1, shape.size()));
    }

    public long elements() {
        return elements(shape);
    }

    /** Bytes of one stored row. */
    public long rowBytes() {
        return dtype.bytes(rowLength());
    }

    /** Bytes of the whole tensor as stored. */
    public long bytes() {
        return Math.multiplyExact(rows(), rowBytes());
    }

    private static long elements(List<Long> dimensions) {
        return dimensions.stream().reduce(1L, Math::multiplyExact);
    }

    /** Overflow is refused here, once; zeros do not hide it, since the rows of an empty tensor have a length too. */
    private static void requireBounded(List<Long> shape, DType dtype) {
        long bytes = dtype.blockBytes();
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in " + shape);
            }
            bytes = Math.multiplyExact(bytes, Math.max(dimension, 1));
        }
    }
}
