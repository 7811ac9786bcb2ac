package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.progress.Progress.Stage;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Hashes a file and tells somebody. */
record HashJob(Path file, Consumer<FileHash> result) implements WriteJob {
    @Override
    public Stage stage() {
        return Stage.VERIFY;
    }

    @Override
    public String what() {
        return file.getFileName().toString();
    }

    @Override
    public long bytes() {
        return FileHash.size(file);
    }

    @Override
    public void run(LongConsumer progress) {
        result.accept(FileHash.sha256(file, progress));
    }
}
