package io.github.hanllama.pytorch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.engine.support.WeightReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Copies a checkpoint's tensors, row tile by row tile, into tensors of libtorch. */
final class WeightLoader {
    private final Torch torch;
    private final TorchScope owner;
    private final TorchType type;
    private final boolean packs;
    private final Int4Loader int4;
    private final Map<String, TorchMatrix> matrices = new HashMap<>();
    private final Map<String, float[]> vectors = new HashMap<>();
    private ByteBuffer staging = ByteBuffer.allocateDirect(0);

    /** @param type of the copies */
    WeightLoader(Torch torch, TorchScope owner, TorchType type, TorchPlan plan) {
        this.torch = torch;
        this.owner = owner;
        this.type = type;
        this.packs = type == plan.type() && plan.products().packs();
        this.int4 = new Int4Loader(torch, owner, plan);
    }

    /** A part of a matrix: the name of a tensor and its rows. */
    record Part(String name, int rows) {
        private List<Long> shape(int columns) {
            return List.of((long) rows, (long) columns);
        }
    }

    /** Of what is loaded. */
    TorchScope owner() {
        return owner;
    }

    /**
     * Tensors of one width, one below the other, to be multiplied by.
     *
     * @param packed gets the matrix if that is its form; then there are no tensors
     */
    List<PtNDArray> matrix(WeightReader reader, String device, int columns, List<Part> parts, PackedMatrices packed) {
        if (!packs) {
            return rows(reader, device, columns, parts);
        }
        TorchScope levels = torch.newScope(); // closed when they are packed, else with the model
        List<PtNDArray> read = converted(reader, levels, device, columns, parts);
        remember(parts, columns, List.of(), Optional.of(packed.add(read, levels::close)));
        return List.of();
    }

    /** The same, of which rows are looked up. */
    List<PtNDArray> rows(WeightReader reader, String device, int columns, List<Part> parts) {
        boolean blocks = parts.stream()
                .allMatch(part -> type.packs(
                        reader.tensor(part.name, part.shape(columns)).info().dtype()));
        List<PtNDArray> tensors =
                blocks ? int4.matrix(reader, device, columns, parts) : converted(reader, owner, device, columns, parts);
        remember(parts, columns, tensors, Optional.empty());
        return tensors;
    }

    private void remember(
            List<Part> parts, int columns, List<PtNDArray> tensors, Optional<PackedMatrices.Place> packed) {
        int first = 0;
        for (Part part : parts) {
            matrices.put(part.name, new TorchMatrix(tensors, packed, first, part.rows, columns));
            first += part.rows;
        }
    }

    private List<PtNDArray> converted(
            WeightReader reader, TorchScope scope, String device, int columns, List<Part> parts) {
        long rows = parts.stream().mapToLong(Part::rows).sum();
        List<PtNDArray> target = empty(scope, device, rows, columns);
        long at = 0;
        for (Part part : parts) {
            long first = at;
            reader.readRows(
                    part.name,
                    part.shape(columns),
                    (row, count, values) -> put(target, first + row, values, count, columns));
            at += part.rows;
        }
        return target;
    }

    /** Norms or biases. */
    List<float[]> vectors(WeightReader reader, List<Part> parts) {
        return parts.stream().map(part -> read(reader, part)).toList();
    }

    private float[] read(WeightReader reader, Part part) {
        float[] vector = new float[part.rows];
        reader.readRows(
                part.name,
                List.of((long) part.rows),
                (row, count, values) -> System.arraycopy(values, 0, vector, 0, vector.length));
        vectors.put(part.name, vector);
        return vector;
    }

    /** One after the other, times a factor. */
    PtNDArray vector(TorchScope target, String device, TorchType type, double factor, List<float[]> parts) {
        int length = parts.stream().mapToInt(part -> part.length).sum();
        FloatBuffer all = FloatBuffer.allocate(length);
        parts.forEach(all::put);
        float[] values = all.array();
        for (int i = 0; i < length; i++) {
            values[i] = (float) (values[i] * factor);
        }
        return torch.call(call -> {
            PtNDArray tensor = torch.tensors().empty(target, type, device, length);
            torch.tensors().fill(call, tensor, 0, call.floats(values, length));
            return tensor;
        });
    }

    /** A whole tensor that is not one of the model's, of a type without levels. */
    TorchMatrix copy(Tensor tensor, String device) {
        int rows = Math.toIntExact(tensor.info().rows());
        int columns = Math.toIntExact(tensor.info().rowLength());
        List<PtNDArray> target = empty(owner, device, rows, columns);
        tensor.readRows(0, rows, (row, count, values) -> put(target, row, values, count, columns));
        return new TorchMatrix(target, Optional.empty(), 0, rows, columns);
    }

    /** The values, or levels and scales, as many tensors as those of a packed one. */
    private List<PtNDArray> empty(TorchScope scope, String device, long rows, long columns) {
        return torch.call(() -> switch (type) {
            case F16, F32, BF16 -> List.of(torch.tensors().empty(scope, type, device, rows, columns));
            case INT8 -> levels(scope, device, rows, columns);
            case INT4 -> {
                List<PtNDArray> made = new ArrayList<>(levels(scope, device, rows, columns));
                made.add(torch.tensors().empty(scope, TorchType.BF16, device, 0));
                yield made;
            }
        });
    }

    private List<PtNDArray> levels(TorchScope scope, String device, long rows, long columns) {
        return List.of(
                torch.tensors().empty(scope, TorchType.INT8, device, rows, columns),
                torch.tensors().empty(scope, TorchType.F32, device, rows));
    }

    /** A copy of a matrix of the model on another device. */
    List<PtNDArray> copy(List<PtNDArray> source, String device) {
        return torch.call(() -> source.stream()
                .map(tensor -> torch.tensors().copy(owner, tensor, device))
                .toList());
    }

    private void put(List<PtNDArray> target, long first, float[] values, int rows, int columns) {
        ByteBuffer tile = staging(Math.multiplyExact(Float.BYTES, rows * columns));
        tile.asFloatBuffer().put(values, 0, rows * columns);
        torch.call(call -> {
            PtNDArray view = call.view(tile, DataType.FLOAT32, rows, columns);
            if (target.size() == 1) {
                torch.tensors().fill(call, target.getFirst(), first, view);
            } else {
                torch.tensors().quantize(call, target.getFirst(), target.get(1), first, view);
            }
            return true;
        });
    }

    /** The buffer, its limit where the bytes end; it is never freed while a view of it lives. */
    private ByteBuffer staging(int bytes) {
        if (staging.capacity() < bytes) {
            staging = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return staging.clear().limit(bytes);
    }

    /** By the name of the tensor, of what has been loaded. */
    Map<String, TorchMatrix> matrices() {
        return matrices;
    }

    Map<String, float[]> vectors() {
        return vectors;
    }
}
