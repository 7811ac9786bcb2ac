package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import java.util.List;

/**
 * A tensor as a file describes it.
 *
 * @param shape rows first, the reverse of the file's order
 * @param offset where its data begins, counted from the start of the file
 */
public record GgufTensor(String name, List<Long> shape, DType dtype, long offset) {
    public GgufTensor {
        shape = List.copyOf(shape);
    }
}
