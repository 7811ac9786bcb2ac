package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Progress.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/** Hashes an input file for the manifest; the order is that of the inputs. */
record HashJob(int order, Path file, MergeManifest manifest) implements WriteJob {
    private static final int BUFFER_BYTES = 1 << 18;

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
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public void run(LongConsumer progress) {
        MessageDigest digest = ContentDigest.sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        long size = 0;
        try (InputStream stream = Files.newInputStream(file)) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                digest.update(buffer, 0, read);
                progress.accept(read);
                size += read;
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        manifest.addInput(order, file, size, ContentDigest.hex(digest));
    }

    private ModelNotFoundException unreadable(IOException cause) {
        return new ModelNotFoundException(file + ": cannot be read: " + cause, cause);
    }
}
