package io.github.hanllama.core.checkpoint.identity;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A SHA-256 of what a checkpoint holds, however it is spread over files and in whatever order: of the lines
 * {@code name dtype shape sha256-of-the-stored-bytes}, sorted by name.
 */
public final class ContentDigest {
    private final SortedMap<String, String> lines = new TreeMap<>();

    /** Of every tensor, read in as many threads as there are processors. */
    public static ContentDigest of(Checkpoint checkpoint) {
        ContentDigest content = new ContentDigest();
        checkpoint.tensors().parallelStream().forEach(info -> content.add(info, of(checkpoint.tensor(info.name()))));
        return content;
    }

    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The hash of one tensor as stored. */
    public static String of(Tensor tensor) {
        MessageDigest digest = sha256();
        tensor.readStoredRows(0, tensor.info().rows(), (first, count, bytes) -> digest.update(bytes.asByteBuffer()));
        return hex(digest);
    }

    public synchronized void add(TensorInfo info, String sha256) {
        lines.put(info.name(), info.name() + " " + info.dtype() + " " + info.shape() + " " + sha256 + "\n");
    }

    public synchronized String hex() {
        MessageDigest digest = sha256();
        lines.values().forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
        return hex(digest);
    }
}
