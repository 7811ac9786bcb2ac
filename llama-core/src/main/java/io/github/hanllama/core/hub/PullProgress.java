package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.util.concurrent.atomic.AtomicLong;

/** How far all files together are. A byte that has to come again does not count twice: the count goes back. */
final class PullProgress {
    private final ProgressListener listener;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final long total;

    PullProgress(ProgressListener listener, long total) {
        this.listener = listener;
        this.total = total;
    }

    /** Bytes that came over the network. */
    void received(String file, long bytes) {
        received.addAndGet(bytes);
        here(file, bytes);
    }

    /** Bytes that are there now, or fewer than before. */
    void here(String file, long bytes) {
        listener.onProgress(new Progress(Progress.Stage.DOWNLOAD, file, done.addAndGet(bytes), total));
    }

    long received() {
        return received.get();
    }
}
