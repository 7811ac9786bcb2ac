package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.progress.Progress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Reads a checkpoint's tensors for an engine: shapes checked, progress told, cancellation honoured. Thread-safe. */
public final class WeightReader {
    private final Checkpoint checkpoint;
    private final EngineOptions options;
    private final long totalBytes;
    private final AtomicLong doneBytes = new AtomicLong();

    public WeightReader(Checkpoint checkpoint, EngineOptions options) {
        this.checkpoint = checkpoint;
        this.options = options;
        this.totalBytes =
                checkpoint.tensors().stream().mapToLong(TensorInfo::bytes).sum();
    }

    /** @throws ModelFormatException when it is missing or its shape is another */
    public Tensor tensor(String name, List<Long> shape) {
        if (!checkpoint.contains(name)) {
            throw new ModelFormatException(name + ": missing in " + checkpoint.origin() + ", expected " + shape);
        }
        Tensor tensor = checkpoint.tensor(name);
        if (!tensor.info().shape().equals(shape)) {
            throw new ModelFormatException(name + ": expected " + shape + ", found "
                    + tensor.info().shape() + " in " + checkpoint.origin() + "; is config.json from another model?");
        }
        return tensor;
    }

    /** Hands all rows to the sink in f32, ascending. */
    public void readRows(String name, List<Long> shape, Tensor.RowSink sink) {
        Tensor tensor = tensor(name, shape);
        TensorInfo info = tensor.info();
        options.cancellation().throwIfCancelled();
        tensor.readRows(0, info.rows(), (firstRow, rowCount, values) -> {
            options.cancellation().throwIfCancelled();
            sink.accept(firstRow, rowCount, values);
            progress(name, rowCount * info.rowBytes());
        });
    }

    /** The same in the stored type. */
    public void readStoredRows(String name, List<Long> shape, Tensor.StoredRowSink sink) {
        Tensor tensor = tensor(name, shape);
        options.cancellation().throwIfCancelled();
        tensor.readStoredRows(0, tensor.info().rows(), (firstRow, rowCount, bytes) -> {
            options.cancellation().throwIfCancelled();
            sink.accept(firstRow, rowCount, bytes);
            progress(name, rowCount * tensor.info().rowBytes());
        });
    }

    /** Says that so many more stored bytes have been read. */
    public void progress(String name, long bytes) {
        options.listener().onProgress(new Progress(Progress.Stage.LOAD, name, doneBytes.addAndGet(bytes), totalBytes));
    }
}
