package io.github.hanllama.core.progress;

/** Receives {@link Progress}, possibly from several threads at once; must return quickly. */
@FunctionalInterface
public interface ProgressListener {
    /** Ignores everything. */
    ProgressListener NONE = progress -> {};

    void onProgress(Progress progress);
}
