package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import java.util.List;
import java.util.Optional;

/**
 * A tensor as a file before GGUF describes it.
 *
 * @param shape rows first
 * @param dtype how it is stored, or f32 for what has older blocks
 * @param blocks the older blocks it is stored in
 * @param offset where its data begins, counted from the start of the file
 */
public record GgmlTensor(String name, List<Long> shape, DType dtype, Optional<GgmlBlocks> blocks, long offset) {
    public GgmlTensor {
        shape = List.copyOf(shape);
    }
}
