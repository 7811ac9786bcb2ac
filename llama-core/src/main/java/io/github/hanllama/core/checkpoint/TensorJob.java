package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.progress.Progress.Stage;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/** Writes a tensor and tells the manifest what it became. */
record TensorJob(
        Tensor source, TensorInfo target, String file, FileChannel channel, long position, MergeManifest manifest)
        implements WriteJob {
    @Override
    public Stage stage() {
        return Stage.WRITE;
    }

    @Override
    public String what() {
        return target.name();
    }

    @Override
    public long bytes() {
        return target.bytes();
    }

    @Override
    public void run(LongConsumer progress) {
        TensorCopy copy = new TensorCopy(source, target, channel, position, progress);
        copy.run();
        manifest.addTensor(target, file, copy.sha256(), copy.infinities());
    }
}
