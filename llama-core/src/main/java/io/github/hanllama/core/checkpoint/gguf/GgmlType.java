package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import java.util.Map;
import java.util.Optional;

/** The numbers that ggml gives to types of tensors; see {@code enum ggml_type} in {@code ggml/include/ggml.h}. */
final class GgmlType {
    private static final Map<Long, DType> READ = Map.ofEntries(
            Map.entry(0L, DType.F32),
            Map.entry(1L, DType.F16),
            Map.entry(2L, DType.Q4_0),
            Map.entry(3L, DType.Q4_1),
            Map.entry(6L, DType.Q5_0),
            Map.entry(7L, DType.Q5_1),
            Map.entry(8L, DType.Q8_0),
            Map.entry(10L, DType.Q2_K),
            Map.entry(11L, DType.Q3_K),
            Map.entry(12L, DType.Q4_K),
            Map.entry(13L, DType.Q5_K),
            Map.entry(14L, DType.Q6_K),
            Map.entry(24L, DType.I8),
            Map.entry(25L, DType.I16),
            Map.entry(26L, DType.I32),
            Map.entry(27L, DType.I64),
            Map.entry(28L, DType.F64),
            Map.entry(30L, DType.BF16));
    private static final Map<Long, String> KNOWN = Map.ofEntries(
            Map.entry(4L, "Q4_2, removed from the format"),
            Map.entry(5L, "Q4_3, removed from the format"),
            Map.entry(9L, "Q8_1"),
            Map.entry(15L, "Q8_K"),
            Map.entry(16L, "IQ2_XXS"),
            Map.entry(17L, "IQ2_XS"),
            Map.entry(18L, "IQ3_XXS"),
            Map.entry(19L, "IQ1_S"),
            Map.entry(20L, "IQ4_NL"),
            Map.entry(21L, "IQ3_S"),
            Map.entry(22L, "IQ2_S"),
            Map.entry(23L, "IQ4_XS"),
            Map.entry(29L, "IQ1_M"),
            Map.entry(31L, "Q4_0_4_4, removed from the format"),
            Map.entry(32L, "Q4_0_4_8, removed from the format"),
            Map.entry(33L, "Q4_0_8_8, removed from the format"),
            Map.entry(34L, "TQ1_0"),
            Map.entry(35L, "TQ2_0"),
            Map.entry(36L, "IQ4_NL_4_4, removed from the format"),
            Map.entry(37L, "IQ4_NL_4_8, removed from the format"),
            Map.entry(38L, "IQ4_NL_8_8, removed from the format"),
            Map.entry(39L, "MXFP4"));

    private GgmlType() {}

    static Optional<DType> of(long number) {
        return Optional.ofNullable(READ.get(number));
    }

    /** What a number stands for that cannot be read. */
    static Optional<String> nameOfUnread(long number) {
        return Optional.ofNullable(KNOWN.get(number));
    }

    /** @throws IllegalArgumentException when the format has no number for the type */
    static int numberOf(DType type) {
        return READ.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .mapToInt(entry -> entry.getKey().intValue())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("GGUF has no type " + type));
    }
}
