package io.github.hanllama.core.quantize;

import io.github.hanllama.quant.QuantRecipe;
import java.util.Optional;

/**
 * How a checkpoint is quantized.
 *
 * @param recipe which tensor gets which type
 * @param importance which columns must lose less than others
 * @param measured whether the loss is measured as tensors are read, for {@link QuantizedCheckpoint#report}
 */
public record QuantOptions(QuantRecipe recipe, Optional<ImportanceMatrix> importance, boolean measured) {
    /** Every column alike, nothing measured. */
    public static QuantOptions of(QuantRecipe recipe) {
        return new QuantOptions(recipe, Optional.empty(), false);
    }

    public QuantOptions importance(ImportanceMatrix value) {
        return new QuantOptions(recipe, Optional.of(value), measured);
    }

    /** With the loss measured. */
    public QuantOptions measuring() {
        return new QuantOptions(recipe, importance, true);
    }
}
