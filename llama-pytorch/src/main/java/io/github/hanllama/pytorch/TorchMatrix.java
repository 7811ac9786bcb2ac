package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;
import java.util.Optional;

/**
 * Rows of a tensor (out, in): matrices that are multiplied together lie in one.
 *
 * @param tensors as {@link MatrixScript} takes them; owned by the model or by an adapter; none where it is packed
 */
record TorchMatrix(
        List<PtNDArray> tensors, Optional<PackedMatrices.Place> packed, int firstRow, int rows, int columns) {
    TorchMatrix {
        tensors = List.copyOf(tensors);
    }

    /** The only one, of a matrix that is not of levels. */
    PtNDArray tensor() {
        return tensors.getFirst();
    }
}
