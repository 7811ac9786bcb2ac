package io.github.hanllama.core.source;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;

/**
 * Names where a model or adapter comes from: a path, the class path, a repository on a hub. Naming opens nothing; a value
 * can be resolved any number of times.
 */
public interface ModelSource {
    /** For messages. */
    String describe();

    /** What can be learned without fetching whole files. */
    FileRanges headers();

    /**
     * Brings the files to this machine, verified.
     *
     * @throws io.github.hanllama.core.error.LlamaException when that cannot be done
     * @throws java.util.concurrent.CancellationException when cancelled
     */
    ModelFiles resolve(ProgressListener listener, Cancellation cancellation);

    /**
     * The same at the state that a lock names: of a hub its commit and its files. What is found is compared by
     * {@link ModelLock#require}.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the lock does not name it
     */
    default ModelSource pinned(ModelLock lock) {
        return this;
    }
}
