package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code general.file_type}: the number that llama.cpp gives to a recipe; see {@code enum llama_ftype}. */
public final class GgufFileType {
    static final String KEY = "general.file_type";

    private GgufFileType() {}

    /** The recipe that a file names; empty when it names none, or one that is not known here. */
    public static Optional<QuantRecipe> read(GgufMetadata metadata) {
        int number = metadata.count(KEY).orElse(-1);
        return Arrays.stream(QuantRecipe.values())
                .filter(recipe -> number(recipe) == number)
                .findFirst();
    }

    /** By what most tensors are, where no recipe is known; of those with several recipes the plainest. */
    static QuantRecipe of(List<DType> types) {
        Map<DType, Long> counts = new EnumMap<>(DType.class);
        types.forEach(type -> counts.merge(type, type == DType.F32 ? 0L : 1L, Long::sum));
        DType most = counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
        return Arrays.stream(QuantRecipe.values())
                .filter(recipe -> recipe.type() == most)
                .findFirst()
                .orElse(QuantRecipe.F32);
    }

    static int number(QuantRecipe recipe) {
        return switch (recipe) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case Q2_K -> 10;
            case Q3_K_S -> 11;
            case Q3_K_M -> 12;
            case Q3_K_L -> 13;
            case Q4_K_S -> 14;
            case Q4_K_M -> 15;
            case Q5_K_S -> 16;
            case Q5_K_M -> 17;
            case Q6_K -> 18;
            case BF16 -> 32;
        };
    }
}
