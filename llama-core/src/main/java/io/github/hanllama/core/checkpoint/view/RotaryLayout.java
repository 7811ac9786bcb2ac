package io.github.hanllama.core.checkpoint.view;

import io.github.hanllama.core.checkpoint.Tensor;

/**
 * In which order the rows of a head stand: what is rotated together lies half a head apart (i and i + headDim / 2) or side
 * by side (2i and 2i + 1).
 */
public enum RotaryLayout {
    HALF_SPLIT {
        @Override
        long place(long row, int headDim) {
            return row % 2 * (headDim / 2) + row / 2;
        }
    },
    INTERLEAVED {
        @Override
        long place(long row, int headDim) {
            int half = headDim / 2;
            return row % half * 2 + row / half;
        }
    };

    /** Where a row of a head in the other layout goes in this one. */
    abstract long place(long row, int headDim);

    /** The same matrix, or vector, in this layout; it must be in the other one and be made of whole heads. */
    public Tensor of(Tensor tensor, int headDim) {
        return tensor.info().shape().size() == 1
                ? new RotaryVector(tensor, headDim, this)
                : new RotaryRows(tensor, headDim, this);
    }
}
