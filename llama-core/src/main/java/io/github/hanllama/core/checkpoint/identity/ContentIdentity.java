package io.github.hanllama.core.checkpoint.identity;

import io.github.hanllama.core.checkpoint.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** The identity of a checkpoint: configuration and content, computed once. Thread-safe. */
public final class ContentIdentity {
    private @Nullable String known;

    public synchronized String of(Checkpoint checkpoint) {
        if (known == null) {
            known = compute(checkpoint);
        }
        return known;
    }

    private static String compute(Checkpoint checkpoint) {
        MessageDigest digest = ContentDigest.sha256();
        digest.update(checkpoint.config().toString().getBytes(StandardCharsets.UTF_8));
        digest.update(ContentDigest.of(checkpoint).hex().getBytes(StandardCharsets.UTF_8));
        return ContentDigest.hex(digest);
    }
}
