package io.github.hanllama.core.files;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.util.function.LongConsumer;

/** Tells how far a file is read, and stops when asked to. */
public record FileMeter(ProgressListener listener, Cancellation cancellation) {
    /** For one file. */
    public LongConsumer of(String name, long total) {
        long[] done = {0};
        return bytes -> {
            cancellation.throwIfCancelled();
            done[0] += bytes;
            listener.onProgress(new Progress(Progress.Stage.VERIFY, name, done[0], total));
        };
    }
}
