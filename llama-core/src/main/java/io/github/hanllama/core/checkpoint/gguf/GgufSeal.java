package io.github.hanllama.core.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Hashes that a GGUF file carries about itself: of each tensor, and of its head. Other programs skip the two keys.
 *
 * <p>That of the head is taken with zeros in its own place.
 */
public final class GgufSeal {
    /** As long as a hash. */
    public static final String PLACEHOLDER = "0".repeat(64);

    private static final String TENSORS = "hanllama.tensor_sha256";
    private static final String HEAD = "hanllama.head_sha256";

    private GgufSeal() {}

    /** Adds hashes of tensors, in their order in the file, and a place for that of the head. */
    public static void write(List<String> sha256, GgufHead head) {
        head.texts(TENSORS, sha256).text(HEAD, PLACEHOLDER);
    }

    /** Puts the hash of a head into its place. */
    public static ByteBuffer seal(GgufHead head) {
        byte[] bytes = head.bytes().array();
        byte[] hash = hash(bytes).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(hash, 0, bytes, head.place(HEAD) + Long.BYTES, hash.length);
        return ByteBuffer.wrap(bytes);
    }

    /** The hash of each tensor that the file states, in their order; empty when it states none. */
    public static Optional<List<String>> tensors(GgufMetadata metadata) {
        return metadata.texts(TENSORS, PLACEHOLDER.length());
    }

    /** Whether the head is as it was written. */
    public static boolean isIntact(GgufMetadata metadata, MemorySegment head) {
        Optional<String> stated = metadata.text(HEAD);
        if (stated.isEmpty() || stated.get().length() != PLACEHOLDER.length()) {
            return false;
        }
        byte[] bytes = head.toArray(ValueLayout.JAVA_BYTE);
        byte[] zeros = PLACEHOLDER.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(zeros, 0, bytes, (int) metadata.place(HEAD) + Long.BYTES, zeros.length);
        return hash(bytes).equals(stated.get());
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }
}
