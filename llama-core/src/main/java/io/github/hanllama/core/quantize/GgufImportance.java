package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.GgufFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.llamacpp.GgufNames;
import io.github.hanllama.core.error.ModelFormatException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The second format of llama.cpp's importance matrices ({@code common/imatrix-loader.cpp}, {@code common_imatrix_load},
 * at commit 0a32c5e): a GGUF file with two tensors for each matrix, the sums of the squares that each column met and how
 * many they were.
 */
final class GgufImportance {
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";

    private GgufImportance() {}

    /** The mean squares of each matrix that is one of a LLaMA's, by its name here. */
    static Map<String, float[]> read(Path path) {
        Map<String, float[]> columns = new HashMap<>();
        try (GgufFile file = GgufFile.open(path)) {
            for (TensorInfo info : file.tensors()) {
                if (info.name().endsWith(SUMS)) {
                    String name = info.name().substring(0, info.name().length() - SUMS.length());
                    GgufNames.weight(name).ifPresent(own -> columns.put(own, means(file, name)));
                }
            }
        }
        return columns;
    }

    private static float[] means(GgufFile file, String name) {
        if (!file.contains(name + COUNTS)) {
            throw new ModelFormatException(
                    file.path() + ": " + name + SUMS + ": expected " + name + COUNTS + " beside it, found none");
        }
        float[] means = numbers(file.tensor(name + SUMS));
        float[] counts = numbers(file.tensor(name + COUNTS));
        if (counts.length != 1) {
            throw new ModelFormatException(file.path() + ": " + name + COUNTS + ": expected one number, found "
                    + counts.length + "; experts are not supported");
        }
        int count = Math.round(counts[0]);
        for (int i = 0; i < means.length; i++) {
            means[i] = count > 0 ? means[i] / count : 1;
        }
        return means;
    }

    private static float[] numbers(Tensor tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.info().elements())];
        tensor.readRows(0, tensor.info().rows(), (firstRow, rowCount, values) -> {
            int rowLength = (int) tensor.info().rowLength();
            System.arraycopy(values, 0, numbers, (int) firstRow * rowLength, rowCount * rowLength);
        });
        return numbers;
    }
}
