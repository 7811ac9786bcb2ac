package io.github.hanllama.core;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Brings the parts of one model to this machine, as a lock wants them, and opens them. For one opening. */
final class ModelOpener implements AutoCloseable {
    private final Optional<ModelLock> lock;
    private final ProgressListener listener;
    private final Cancellation cancellation;
    private final Deque<ModelFiles> waiting = new ArrayDeque<>(); // resolved ahead, in the order of their opening

    ModelOpener(Optional<ModelLock> lock, ProgressListener listener, Cancellation cancellation) {
        this.lock = lock;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    /** One that has these sources here already and will open them in this order; closing it closes what it did not open. */
    ModelOpener resolving(List<ModelSource> sources) {
        ModelOpener ahead = new ModelOpener(lock, listener, cancellation);
        return OnFailure.close(ahead, () -> {
            sources.forEach(source -> ahead.waiting.add(resolve(source)));
            return ahead;
        });
    }

    /** Those not opened yet. */
    List<ModelFiles> files() {
        return List.copyOf(waiting);
    }

    ModelSource pinned(ModelSource source) {
        return lock.map(source::pinned).orElse(source);
    }

    private ModelFiles resolve(ModelSource source) {
        cancellation.throwIfCancelled();
        ModelFiles files = pinned(source).resolve(listener, cancellation);
        return OnFailure.close(files, () -> {
            lock.ifPresent(known -> known.require(files, listener, cancellation));
            return files;
        });
    }

    /** Whoever opens the files owns them from then on. */
    <T> T open(ModelSource source, Function<ModelFiles, T> reader) {
        ModelFiles ahead = waiting.poll();
        ModelFiles files = ahead == null ? resolve(source) : ahead;
        return OnFailure.close(files, () -> reader.apply(files));
    }

    @Override
    public void close() {
        waiting.forEach(ModelFiles::close);
        waiting.clear();
    }
}
