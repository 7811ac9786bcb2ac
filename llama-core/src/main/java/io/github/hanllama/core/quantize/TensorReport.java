package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import java.util.Optional;

/**
 * What became of one tensor.
 *
 * @param info name, shape and type after
 * @param from the type before
 * @param instead why the type is not the one that the recipe asks for, when it is not
 * @param loss as measured; of no numbers when nothing was
 */
public record TensorReport(TensorInfo info, DType from, Optional<String> instead, TensorLoss loss) {
    public double bitsPerWeight() {
        return 8.0 * info.bytes() / info.elements();
    }
}
