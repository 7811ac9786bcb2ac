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

/** Copies a checkpoint's tensors, row tile by row tile, into tensors of libtorch. */
final class WeightLoader {
    private final Torch torch;
    private final TorchScope owner;
    private final TorchType type;
    private final Map<String, TorchMatrix> matrices = new HashMap<>();
    private final Map<String, float[]> vectors = new HashMap<>();
    private ByteBuffer staging = ByteBuffer.allocateDirect(0);

    /** @param type of the copies */
    WeightLoader(Torch torch, TorchScope owner, TorchType type) {
        this.torch = torch;
        this.owner = owner;
        this.type = type;
    }

    /** A part of a matrix: the name of a tensor and its rows. */
    record Part(String name, int rows) {}

    /** Tensors of one width, one below the other. */
    List<PtNDArray> matrix(WeightReader reader, String device, int columns, List<Part> parts) {
        long rows = parts.stream().mapToLong(Part::rows).sum();
        List<PtNDArray> target = empty(type, device, rows, columns);
        int at = 0;
        for (Part part : parts) {
            int first = at;
            reader.readRows(
                    part.name,
                    List.of((long) part.rows, (long) columns),
                    (row, count, values) -> put(target, first + row, values, count, columns));
            matrices.put(part.name, new TorchMatrix(target, first, part.rows, columns));
            at += part.rows;
        }
        return target;
    }

    /** Norms or biases, one after the other. */
    PtNDArray vector(WeightReader reader, String device, TorchType type, List<Part> parts) {
        return vector(
                owner,
                device,
                type,
                parts.stream().map(part -> read(reader, part)).toList());
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

    /** The same of values that are here. */
    PtNDArray vector(TorchScope target, String device, TorchType type, List<float[]> parts) {
        int length = parts.stream().mapToInt(part -> part.length).sum();
        FloatBuffer all = FloatBuffer.allocate(length);
        parts.forEach(all::put);
        return torch.call(call -> {
            PtNDArray tensor = torch.tensors().empty(target, type, device, length);
            torch.tensors().fill(call, tensor, 0, call.floats(all.array(), length));
            return tensor;
        });
    }

    /** A whole tensor that is not one of the model's, of a type without levels. */
    TorchMatrix copy(Tensor tensor, String device) {
        int rows = Math.toIntExact(tensor.info().rows());
        int columns = Math.toIntExact(tensor.info().rowLength());
        List<PtNDArray> target = empty(type, device, rows, columns);
        tensor.readRows(0, rows, (row, count, values) -> put(target, row, values, count, columns));
        return new TorchMatrix(target, 0, rows, columns);
    }

    /** The values, or levels and scales. */
    private List<PtNDArray> empty(TorchType type, String device, long rows, long columns) {
        return torch.call(() -> {
            List<PtNDArray> made = new ArrayList<>();
            made.add(torch.tensors().empty(owner, type, device, rows, columns));
            if (type != type.computed()) {
                made.add(torch.tensors().empty(owner, type.computed(), device, rows));
            }
            return made;
        });
    }

    /** A copy of a matrix of the model on another device. */
    List<PtNDArray> copy(List<PtNDArray> source, String device, long rows, long columns) {
        List<PtNDArray> target = empty(type, device, rows, columns);
        torch.call(call -> {
            for (int i = 0; i < target.size(); i++) {
                torch.tensors().fill(call, target.get(i), 0, source.get(i));
            }
            return true;
        });
        return target;
    }

    private void put(List<PtNDArray> target, long first, float[] values, int rows, int columns) {
        ByteBuffer tile = staging(Math.multiplyExact(Float.BYTES, rows * columns));
        tile.asFloatBuffer().put(values, 0, rows * columns);
        torch.call(call -> {
            PtNDArray view = call.view(tile, DataType.FLOAT32, rows, columns);
            if (target.size() == 1) {
                torch.tensors().fill(call, target.getFirst(), first, view);
            } else {
                torch.tensors().quantize(call, target.getFirst(), target.getLast(), first, view);
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
