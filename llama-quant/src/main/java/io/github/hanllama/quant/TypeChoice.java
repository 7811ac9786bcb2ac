package io.github.hanllama.quant;

import java.util.Optional;

/**
 * The type that a tensor gets.
 *
 * @param instead why it is not the one its recipe asks for, when it is not
 */
public record TypeChoice(DType type, Optional<String> instead) {
    static TypeChoice of(DType type) {
        return new TypeChoice(type, Optional.empty());
    }

    /** The wanted type, or where the columns do not fill its blocks the one that llama.cpp takes in its place. */
    static TypeChoice fitting(DType wanted, long columns) {
        if (columns % wanted.blockSize() == 0) {
            return of(wanted);
        }
        DType second = secondChoice(wanted);
        DType type = columns % second.blockSize() == 0 ? second : DType.F16;
        return new TypeChoice(
                type,
                Optional.of(wanted + " stores blocks of " + wanted.blockSize() + ", the " + columns
                        + " columns do not fill them"));
    }

    /** llama.cpp gives up on types of 32 without one; what follows K-quants in that case follows these, too. */
    private static DType secondChoice(DType wanted) {
        return switch (wanted) {
            case Q2_K, Q3_K -> DType.Q4_0;
            case Q4_K -> DType.Q5_0;
            case Q5_K -> DType.Q5_1;
            case Q6_K -> DType.Q8_0;
            default -> DType.F16;
        };
    }
}
