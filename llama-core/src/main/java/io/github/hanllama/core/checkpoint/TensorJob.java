package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.progress.Progress.Stage;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Writes a tensor and tells somebody what it became. */
record TensorJob(Tensor source, TensorCopy.Target target, Consumer<TensorCopy> done) implements WriteJob {
    @Override
    public Stage stage() {
        return Stage.WRITE;
    }

    @Override
    public String what() {
        return target.info().name();
    }

    @Override
    public long bytes() {
        return target.info().bytes();
    }

    @Override
    public void run(LongConsumer progress) {
        TensorCopy copy = new TensorCopy(source, target, progress);
        copy.run();
        done.accept(copy);
    }
}
