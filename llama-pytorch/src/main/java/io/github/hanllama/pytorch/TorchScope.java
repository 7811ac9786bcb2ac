package io.github.hanllama.pytorch;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Owns native values: those of one call, or those of a model. Only types that DJL creates without ending the process go
 * through here; others are made by scripts.
 */
final class TorchScope implements AutoCloseable {
    private final PtNDManager manager;
    private final List<IValue> values = new ArrayList<>();

    TorchScope(PtNDManager parent) {
        manager = (PtNDManager) parent.newSubManager();
    }

    PtNDManager manager() {
        return manager;
    }

    PtNDArray ids(long... ids) {
        return (PtNDArray) manager.create(ids, new Shape(ids.length));
    }

    PtNDArray floats(float[] values, long... shape) {
        return (PtNDArray) manager.create(values, new Shape(shape));
    }

    /**
     * Numbers in a direct buffer, from its first byte on, not copied: the buffer must outlive every use.
     *
     * @param type FLOAT32, FLOAT16 or UINT8
     */
    PtNDArray view(ByteBuffer direct, DataType type, long... shape) {
        return manager.create(direct.slice().order(direct.order()), new Shape(shape), type);
    }

    IValue value(PtNDArray tensor) {
        return own(IValue.from(tensor));
    }

    IValue value(long number) {
        return own(IValue.from(number));
    }

    IValue value(boolean flag) {
        return own(IValue.from(flag));
    }

    IValue value(String text) {
        return own(IValue.from(text));
    }

    IValue list(List<PtNDArray> tensors) {
        return own(IValue.listFrom(tensors.toArray(PtNDArray[]::new)));
    }

    IValue list(long... numbers) {
        return own(IValue.listFrom(numbers));
    }

    /** Takes what a script returned. */
    PtNDArray tensor(IValue result) {
        return own(result).toTensor(manager);
    }

    IValue own(IValue value) {
        values.add(value);
        return value;
    }

    @Override
    public void close() {
        values.forEach(IValue::close);
        manager.close();
    }
}
