package io.github.hanllama.core.quantize;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** Hashes that stand for quantized weights: quantizing the same in the same way always gives the same. */
final class QuantIdentity {
    private QuantIdentity() {}

    static String of(String base, QuantOptions options) {
        String importance = options.importance().map(ImportanceMatrix::identity).orElse("none");
        MessageDigest digest = sha256();
        put(digest, "quantized to " + options.recipe() + " by importance " + importance);
        put(digest, base);
        return HexFormat.of().formatHex(digest.digest());
    }

    /** @param columns in a fixed order */
    static String of(Map<String, float[]> columns) {
        MessageDigest digest = sha256();
        columns.forEach((name, numbers) -> {
            put(digest, name);
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * numbers.length);
            bytes.asFloatBuffer().put(numbers);
            digest.update(bytes);
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void put(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }
}
