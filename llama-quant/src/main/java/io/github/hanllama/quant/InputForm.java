package io.github.hanllama.quant;

/**
 * What a product reads its tokens as. Together with a matrix's type it fixes the arithmetic, so it follows from what a
 * token is (of a prompt, or generated), never from how many tokens run together.
 */
public enum InputForm {
    /** As they are: the product is that of the dequantized weights. */
    F32,
    /** Rounded to blocks of 32 levels in {@code -127..127} with an f32 scale, so that blocks multiply as integers. */
    INT8,
    /** The same rounding and the same results, laid out for the many tokens of a prompt; matrices with levels of four bits only. */
    INT8_MANY
}
