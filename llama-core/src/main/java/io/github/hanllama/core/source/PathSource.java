package io.github.hanllama.core.source;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import java.nio.file.Path;

/** A folder or a file that is here already. */
record PathSource(Path path) implements ModelSource {
    @Override
    public String describe() {
        return path.toString();
    }

    @Override
    public FileRanges headers() {
        return PathFiles.of(path);
    }

    @Override
    public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
        return PathFiles.of(path);
    }
}
