package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;

/** The types of tensors by libtorch's numbers: DJL has no safe name for all of them. */
enum TorchType {
    /** Two levels in a byte, a scale for 32 of a row: {@link Int4Script}. Matrices not stored so are as in {@link #INT8}. */
    INT4(0, 1),
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

    /** Of one number of a tensor. */
    int bytes() {
        return bytes;
    }

    /** What products with matrices of this type take and give. */
    TorchType computed() {
        return this == INT8 || this == INT4 ? F32 : this;
    }

    /** Whether a stored matrix keeps its levels, two in a byte. */
    boolean packs(DType stored) {
        return this == INT4 && stored == DType.Q4_0;
    }

    /** Bytes of a tensor of a model in this type; where a row has one scale, that is left out. */
    long bytes(TensorInfo info) {
        return packs(info.dtype()) ? Int4Script.bytes(info.elements()) : bytes * info.elements();
    }

    /** The same type in files. */
    DType stored() {
        return switch (this) {
            case F16 -> DType.F16;
            case F32 -> DType.F32;
            case BF16 -> DType.BF16;
            case INT8, INT4 -> throw new IllegalStateException("files know no rows of levels");
        };
    }
}
