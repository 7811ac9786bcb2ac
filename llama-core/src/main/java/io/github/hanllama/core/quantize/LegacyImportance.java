package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.llamacpp.GgufNames;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The first format of llama.cpp's importance matrices ({@code common/imatrix-loader.cpp}, {@code
 * common_imatrix_load_legacy}, at commit 0a32c5e), little-endian: the number of entries, then each entry's name with its
 * length before it, the number of calls it sums over, and its sums with their number before them. What follows the
 * entries, the number of chunks and the name of the text, is of no use here.
 */
final class LegacyImportance {
    private static final long MAX_BYTES = 1 << 29;
    private static final String GGUF = "GGUF";
    private static final int MIN_ENTRY_BYTES = 4 + 1 + 4 + 4 + 4;

    private final Path path;
    private final ByteBuffer bytes;
    private final Map<String, float[]> columns = new LinkedHashMap<>();

    private LegacyImportance(Path path, ByteBuffer bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    /** The mean squares of each matrix that is one of a LLaMA's, by its name here. */
    static Map<String, float[]> read(Path path) {
        LegacyImportance file = new LegacyImportance(path, bytes(path).order(ByteOrder.LITTLE_ENDIAN));
        file.readEntries();
        return file.columns;
    }

    private static ByteBuffer bytes(Path path) {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new ModelFormatException(path + ": expected an importance matrix of at most " + MAX_BYTES
                        + " bytes, found " + Files.size(path));
            }
            return ByteBuffer.wrap(Files.readAllBytes(path));
        } catch (IOException e) {
            throw new ModelNotFoundException(path + ": cannot be read: " + e, e);
        }
    }

    /** Whether it is in the second format: its magic, as a number of entries, would be absurd. */
    static boolean isGguf(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            return new String(in.readNBytes(GGUF.length()), StandardCharsets.ISO_8859_1).equals(GGUF);
        } catch (IOException e) {
            throw new ModelNotFoundException(path + ": cannot be read: " + e, e);
        }
    }

    private void readEntries() {
        int entries = count("entries", MIN_ENTRY_BYTES);
        for (int i = 0; i < entries; i++) {
            byte[] name = new byte[count("bytes of a name", 1)];
            bytes.get(name);
            int calls = number("calls");
            float[] means = new float[count("columns", Float.BYTES)];
            for (int column = 0; column < means.length; column++) {
                means[column] = bytes.getFloat() / Math.max(1, calls);
            }
            GgufNames.weight(new String(name, StandardCharsets.UTF_8)).ifPresent(own -> columns.put(own, means));
        }
    }

    /** How many of what follows, each of so many bytes at least. */
    private int count(String what, int bytesEach) {
        int count = number(what);
        if (count < 1 || count > bytes.remaining() / bytesEach) {
            throw malformed("expected 1 to " + bytes.remaining() / bytesEach + " " + what + ", found " + count);
        }
        return count;
    }

    private int number(String what) {
        if (bytes.remaining() < Integer.BYTES) {
            throw malformed("expected the number of " + what + ", found the end of the file");
        }
        return bytes.getInt();
    }

    private ModelFormatException malformed(String problem) {
        return new ModelFormatException(
                path + ": not a sound importance matrix: at byte " + bytes.position() + ": " + problem);
    }
}
