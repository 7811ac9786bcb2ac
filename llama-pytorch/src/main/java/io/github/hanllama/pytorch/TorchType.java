package io.github.hanllama.pytorch;

import io.github.hanllama.quant.DType;

/** The types of tensors by libtorch's numbers: DJL has no safe name for all of them. */
enum TorchType {
    /** Levels of a matrix, a scale for each row: {@link MatrixScript}. */
    INT8(1, 1),
    F16(5, 2),
    F32(6, 4),
    BF16(15, 2);

    private final int number;
    private final int bytes;

    TorchType(int number, int bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    int number() {
        return number;
    }

    int bytes() {
        return bytes;
    }

    /** What products with matrices of this type take and give. */
    TorchType computed() {
        return this == INT8 ? F32 : this;
    }

    /** The same type in files. */
    DType stored() {
        return switch (this) {
            case F16 -> DType.F16;
            case F32 -> DType.F32;
            case BF16 -> DType.BF16;
            case INT8 -> throw new IllegalStateException("files know no rows of levels");
        };
    }
}
