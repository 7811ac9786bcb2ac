package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.quant.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The types that tensors had before they became a GGUF file, in which vectors are always F32: so they come back as they
 * were. Other programs skip the key.
 */
public final class GgufTypes {
    private static final String KEY = "hanllama.tensor_dtype";
    private static final int MAX_NAME_BYTES = 16;

    private GgufTypes() {}

    /**
     * Adds the types where they are not those of the file.
     *
     * @param kept in the order of the tensors
     */
    public static void write(List<DType> kept, List<DType> stored, GgufHead head) {
        if (!kept.equals(stored)) {
            head.texts(KEY, kept.stream().map(DType::name).toList());
        }
    }

    /** The type of each tensor, in their order; empty where the file says nothing, or nothing that can be so. */
    public static List<DType> read(GgufMetadata metadata) {
        List<DType> types = new ArrayList<>();
        for (String name : metadata.texts(KEY, MAX_NAME_BYTES).orElse(List.of())) {
            Optional<DType> type = Arrays.stream(DType.values())
                    .filter(known -> known.name().equals(name))
                    .findFirst();
            if (type.isEmpty()) {
                return List.of();
            }
            types.add(type.get());
        }
        return types;
    }
}
