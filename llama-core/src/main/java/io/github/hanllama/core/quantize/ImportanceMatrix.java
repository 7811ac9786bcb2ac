package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.error.ModelFormatException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How much each column of a matrix matters: the mean square of what it was multiplied with, over texts that somebody ran
 * the model on. Quantizing then loses less where it matters more. Immutable.
 *
 * <pre>{@code
 * ImportanceMatrix importance = ImportanceMatrix.read(Path.of("imatrix.dat")); // by llama.cpp's llama-imatrix
 * QuantOptions options = QuantOptions.of(QuantRecipe.Q4_K_M).importance(importance);
 * }</pre>
 */
public final class ImportanceMatrix {
    private final String origin;
    private final SortedMap<String, float[]> columns;

    ImportanceMatrix(String origin, Map<String, float[]> columns) {
        this.origin = origin;
        this.columns = new TreeMap<>(columns);
        columns.forEach(this::requireMeans);
    }

    private void requireMeans(String name, float[] means) {
        for (float mean : means) {
            if (!(mean >= 0) || mean == Float.POSITIVE_INFINITY) {
                throw new ModelFormatException(origin + ": " + name + ": expected means of squares, found " + mean);
            }
        }
    }

    /**
     * Reads a file of llama.cpp's {@code llama-imatrix}.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when it is missing or cannot be read
     * @throws ModelFormatException when it is not a sound one
     */
    public static ImportanceMatrix read(Path file) {
        Map<String, float[]> columns =
                LegacyImportance.isGguf(file) ? GgufImportance.read(file) : LegacyImportance.read(file);
        return new ImportanceMatrix(file.toString(), columns);
    }

    /** Refuses to be used for a model that it has nothing for. */
    void requireOf(Collection<TensorInfo> tensors) {
        if (tensors.stream().noneMatch(info -> columns.containsKey(info.name()))) {
            throw new ModelFormatException(origin + ": none of its " + columns.size()
                    + " entries is for a matrix of this model; is it from another?");
        }
    }

    /** One number per column of a matrix; none when nothing is known of it, and all of its columns count alike. */
    float[] of(TensorInfo matrix) {
        float[] found = columns.getOrDefault(matrix.name(), new float[0]);
        boolean fits = found.length == 0 || found.length == matrix.rowLength();
        if (!fits && !matrix.name().equals(TensorNames.EMBED_TOKENS)) { // that one was counted by token
            throw new ModelFormatException(origin + ": " + matrix.name() + ": expected " + matrix.rowLength()
                    + " columns, found " + found.length + "; is it from another model?");
        }
        return fits ? found.clone() : new float[0];
    }

    /** A hex SHA-256 of all numbers. */
    String identity() {
        return QuantIdentity.of(columns);
    }
}
