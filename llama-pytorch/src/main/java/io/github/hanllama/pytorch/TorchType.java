package io.github.hanllama.pytorch;

import io.github.hanllama.quant.DType;

/** The types tensors are computed in, by libtorch's numbers: DJL has no safe name for all of them. */
enum TorchType {
    F16(5, DType.F16),
    F32(6, DType.F32),
    BF16(15, DType.BF16);

    private final int number;
    private final DType stored;

    TorchType(int number, DType stored) {
        this.number = number;
        this.stored = stored;
    }

    int number() {
        return number;
    }

    /** The same type in files. */
    DType stored() {
        return stored;
    }

    int bytes() {
        return Math.toIntExact(stored.bytes(1));
    }
}
