package io.github.hanllama.core.source;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A folder, a file or an archive that is here already. */
record PathSource(Path path) implements ModelSource {
    @Override
    public String describe() {
        return path.toString();
    }

    @Override
    public FileRanges headers() {
        return isArchive() ? ModelSources.zip(path).headers() : PathFiles.of(path);
    }

    @Override
    public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
        return isArchive() ? ModelSources.zip(path).resolve(listener, cancellation) : PathFiles.of(path);
    }

    /** By its name alone: PyTorch's weight files are zip archives, too. */
    private boolean isArchive() {
        return path.toString().toLowerCase(Locale.ROOT).endsWith(".zip") && Files.isRegularFile(path);
    }
}
