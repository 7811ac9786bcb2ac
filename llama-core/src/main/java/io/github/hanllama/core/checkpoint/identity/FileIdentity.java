package io.github.hanllama.core.checkpoint.identity;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.files.FileState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;

/** What tells the weights of files from others, and from themselves once they are changed, without reading them. */
public final class FileIdentity {
    private FileIdentity() {}

    /** Of a checkpoint's weight files; none when one cannot be looked at. */
    public static Optional<String> of(Checkpoint checkpoint) {
        MessageDigest digest = ContentDigest.sha256();
        put(digest, checkpoint.config());
        checkpoint.tensors().forEach(tensor -> put(digest, tensor));
        try {
            for (Path file : checkpoint.weightFiles()) {
                put(digest, FileState.of(file));
            }
            return Optional.of(ContentDigest.hex(digest));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void put(MessageDigest digest, Object part) {
        digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
