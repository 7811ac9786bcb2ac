package io.github.hanllama.core.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes safetensors files by hand, sound and broken. */
public final class SafetensorsBytes {
    private SafetensorsBytes() {}

    /** A file with this header, its true length, and that many bytes of data (0, 1, 2, ...). */
    public static Path write(Path folder, String header, int dataLength) {
        return write(folder, header.getBytes(StandardCharsets.UTF_8), dataLength);
    }

    public static Path write(Path folder, byte[] header, int dataLength) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataLength).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header);
        for (int i = 0; i < dataLength; i++) {
            bytes.put((byte) i);
        }
        return writeRaw(folder, bytes.array());
    }

    public static Path writeRaw(Path folder, byte[] file) {
        try {
            return Files.write(folder.resolve("broken.safetensors"), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One entry of a header: {@code "name":{...}}. */
    public static String entry(String name, String dtype, String shape, String offsets) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}".formatted(name, dtype, shape, offsets);
    }
}
