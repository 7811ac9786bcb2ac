package io.github.hanllama.core.checkpoint.rowquantized;

import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.RowQuantization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Finds the matrices that are stored as ChatGLM's layers keep them: {@code weight} in whole numbers of 8 bits, or pairs of 4, and
 * {@code weight_scale} of one f16 for each row.
 */
public final class RowScaledWeights {
    static final String SCALE_SUFFIX = "_scale";

    private RowScaledWeights() {}

    /** The tensors with every such pair in the place of its matrix. */
    public static SequencedMap<String, Tensor> resolve(
            String origin, LlamaConfig config, SequencedMap<String, Tensor> tensors) {
        if (tensors.keySet().stream().noneMatch(name -> name.endsWith(SCALE_SUFFIX))) {
            return tensors;
        }
        Map<String, List<Long>> shapes = ExpectedTensors.of(config);
        SequencedMap<String, Tensor> resolved = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            Tensor scales = tensors.get(name + SCALE_SUFFIX);
            boolean isScale = name.endsWith(SCALE_SUFFIX)
                    && tensors.containsKey(name.substring(0, name.length() - SCALE_SUFFIX.length()));
            if (scales != null) {
                resolved.put(name, matrix(origin, tensor, scales, shapes.getOrDefault(name, List.of())));
            } else if (!isScale) {
                resolved.put(name, tensor);
            }
        });
        return resolved;
    }

    private static Tensor matrix(String origin, Tensor weight, Tensor scales, List<Long> shape) {
        TensorInfo info = weight.info();
        for (RowQuantization kind : RowQuantization.values()) {
            boolean fits = shape.size() == 2
                    && shape.getLast() * kind.bits() % Byte.SIZE == 0
                    && info.shape().equals(List.of(shape.getFirst(), shape.getLast() * kind.bits() / Byte.SIZE));
            if (fits && info.dtype() == DType.I8 && isOnePerRow(scales.info(), shape.getFirst())) {
                return new RowScaledMatrix(new TensorInfo(info.name(), shape, DType.F16), weight, scales, kind);
            }
        }
        throw new ModelFormatException(origin + ": " + info.name() + ": expected I8 numbers for " + shape
                + ", one or two in a byte, and an F16 scale for each row, found " + info.dtype() + " " + info.shape()
                + " and " + scales.info().dtype() + " " + scales.info().shape());
    }

    private static boolean isOnePerRow(TensorInfo scales, long rows) {
        return scales.dtype() == DType.F16
                && (scales.shape().equals(List.of(rows)) || scales.shape().equals(List.of(rows, 1L)));
    }
}
