package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a hub calls the content of a file: its SHA-256, or for files that lie in git itself git's SHA-1. It is also the name
 * of the blob in the cache, so nothing but hex digits gets this far.
 */
record Etag(String hex) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}|[0-9a-f]{40}");
    private static final int SHA256_DIGITS = 64;

    /** @param what names file and header, for messages */
    static Etag of(String hex, String what) {
        if (!HEX.matcher(hex).matches()) {
            String shown = hex.length() > 80 ? hex.substring(0, 80) + "…" : hex;
            throw new HubException(
                    what + ": expected a hash of 40 or 64 hex digits, found " + Headers.printable(shown));
        }
        return new Etag(hex);
    }

    /** None when it is no hash. */
    static Optional<Etag> find(String hex) {
        return HEX.matcher(hex).matches() ? Optional.of(new Etag(hex)) : Optional.empty();
    }

    /** The value of an HTTP header: weak or not, in quotes. */
    static Etag ofHeader(String value, String what) {
        String bare = value.startsWith("W/") ? value.substring(2) : value;
        boolean quoted = bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"");
        return of(quoted ? bare.substring(1, bare.length() - 1) : bare, what);
    }

    static boolean isCommit(String text) {
        return text.length() == 40 && HEX.matcher(text).matches();
    }

    boolean isSha256() {
        return hex.length() == SHA256_DIGITS;
    }

    /** The name of the hash, for messages. */
    String algorithm() {
        return isSha256() ? "SHA-256" : "git SHA-1";
    }

    /** A digest that gives this hash for the right content of this size. */
    MessageDigest digest(long size) {
        return isSha256() ? sha256() : gitBlob(size);
    }

    private static MessageDigest gitBlob(long size) {
        MessageDigest digest = digest("SHA-1");
        digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
        return digest;
    }

    /** What git calls this content. */
    static Etag gitBlob(byte[] content) {
        return new Etag(HexFormat.of().formatHex(gitBlob((long) content.length).digest(content)));
    }

    static MessageDigest sha256() {
        return digest("SHA-256");
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has both
        }
    }
}
