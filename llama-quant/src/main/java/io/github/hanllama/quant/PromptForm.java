package io.github.hanllama.quant;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What prompts are read as where levels have four bits: the one form that depends on the machine.
 *
 * <p>A vector has twice as many lanes of 16 bits as of 32, but they are multiplied and added by two instructions. AMD's
 * processors issue these side by side, as many as of f32 multiply-adds, and prompts gain a fifth; Intel's with 512 bits have no
 * unit to spare, and there f32, which rounds nothing, is as fast.
 */
final class PromptForm {
    static final String PROPERTY = "llama.kernels.prompts";

    private PromptForm() {}

    /**
     * The same for all kernels of a machine, so that these never change a result.
     *
     * @param notices takes a sentence to log when what is asked for is none
     */
    static InputForm choose(UnaryOperator<@Nullable String> properties, boolean amd, Consumer<String> notices) {
        String asked = properties.apply(PROPERTY);
        InputForm auto = amd ? InputForm.INT8_MANY : InputForm.F32;
        return switch (asked == null ? "auto" : asked) {
            case "auto" -> auto;
            case "f32" -> InputForm.F32;
            case "int8" -> InputForm.INT8_MANY;
            default -> {
                notices.accept("-D" + PROPERTY + " must be auto, f32 or int8, was " + asked + "; taking auto.");
                yield auto;
            }
        };
    }
}
