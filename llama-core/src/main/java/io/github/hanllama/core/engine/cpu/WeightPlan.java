package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.support.WeightReader;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The matrices of a checkpoint, names and shapes checked, and the types they are packed in. */
final class WeightPlan {
    private final List<Matrix> matrices = new ArrayList<>();

    /** @throws io.github.hanllama.core.error.ModelFormatException when one is missing or its shape is another */
    WeightPlan(LlamaConfig config, WeightReader reader) {
        ExpectedTensors.of(config).forEach((name, shape) -> {
            if (shape.size() == 2) {
                Tensor tensor = reader.tensor(name, shape);
                matrices.add(new Matrix(tensor, packedType(tensor.info().dtype())));
            }
        });
    }

    /** Types that cannot be packed become f32. */
    private static DType packedType(DType stored) {
        boolean packed = stored.isBlocks() || stored == DType.F16 || stored == DType.BF16;
        return packed ? stored : DType.F32;
    }

    /** In the order of the computation. */
    List<Matrix> matrices() {
        return matrices;
    }

    /** Bytes of all of them when they are packed. */
    long byteSize() {
        return matrices.stream().mapToLong(Matrix::byteSize).sum();
    }

    /** The types they are packed in, for example {@code "Q4_K and Q6_K"}. */
    String types() {
        return matrices.stream()
                .map(matrix -> matrix.type().name())
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
    }

    /** One of them. */
    record Matrix(Tensor tensor, DType type) {
        String name() {
            return tensor.info().name();
        }

        int rows() {
            return Math.toIntExact(tensor.info().rows());
        }

        int columns() {
            return Math.toIntExact(tensor.info().rowLength());
        }

        /** Bytes when it is packed. */
        long byteSize() {
            return PackedMatrix.byteSize(type, rows(), columns());
        }
    }
}
