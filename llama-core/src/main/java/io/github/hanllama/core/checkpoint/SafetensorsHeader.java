package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.safetensors.ByteBufferStream;
import io.github.hanllama.core.checkpoint.safetensors.SafetensorsEntry;
import io.github.hanllama.core.checkpoint.safetensors.SafetensorsHeaderParser;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.FileRanges;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * What a safetensors file says about itself before its data, checked in full: the tensors cover the data exactly, one
 * after the other, without gaps or overlaps.
 *
 * @param tensors in the order of their data, which need not be the order of the header
 * @param offsets where each tensor's data begins, counted from the start of the file
 * @param metadata free text, {@code format=pt} and the like
 */
public record SafetensorsHeader(List<TensorInfo> tensors, List<Long> offsets, Map<String, String> metadata) {
    private static final int LENGTH_BYTES = SafetensorsHeaderParser.LENGTH_BYTES;
    /** The limit of the format's own implementation. */
    static final long MAX_HEADER_BYTES = 100_000_000;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public SafetensorsHeader {
        tensors = List.copyOf(tensors);
        offsets = List.copyOf(offsets);
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads the header alone, without fetching the file.
     *
     * @throws ModelFormatException when the file, as far as its header and length tell, is not sound
     */
    public static SafetensorsHeader read(FileRanges files, String name) {
        String file = files.origin() + "/" + name;
        long fileLength = files.size(name);
        requireLengthField(file, fileLength);
        byte[] lengthField = files.read(name, 0, LENGTH_BYTES);
        long headerLength =
                ByteBuffer.wrap(lengthField).order(ByteOrder.LITTLE_ENDIAN).getLong();
        checkHeaderLength(file, fileLength, headerLength);
        byte[] header = files.read(name, LENGTH_BYTES, (int) headerLength);
        return parse(file, fileLength, new ByteArrayInputStream(header), headerLength);
    }

    static SafetensorsHeader read(String file, MemorySegment memory) {
        requireLengthField(file, memory.byteSize());
        long headerLength = memory.get(LENGTH, 0);
        checkHeaderLength(file, memory.byteSize(), headerLength);
        ByteBuffer header = memory.asSlice(LENGTH_BYTES, headerLength).asByteBuffer();
        return parse(file, memory.byteSize(), new ByteBufferStream(header), headerLength);
    }

    private static void requireLengthField(String file, long fileLength) {
        if (fileLength < LENGTH_BYTES) {
            throw new ModelFormatException(file + ": header too small: file has " + fileLength
                    + " bytes, expected at least 8; is the download complete?");
        }
    }

    private static void checkHeaderLength(String file, long fileLength, long headerLength) {
        if (Long.compareUnsigned(headerLength, MAX_HEADER_BYTES) > 0) {
            throw new ModelFormatException(file + ": byte 0: header length " + Long.toUnsignedString(headerLength)
                    + " exceeds " + MAX_HEADER_BYTES + "; is this a safetensors file?");
        }
        if (headerLength > fileLength - LENGTH_BYTES) {
            throw new ModelFormatException(file + ": byte 0: header runs past end of file: expected "
                    + (headerLength + LENGTH_BYTES) + " bytes or more, found " + fileLength
                    + "; is the download complete?");
        }
    }

    private static SafetensorsHeader parse(String file, long fileLength, InputStream header, long headerLength) {
        long dataStart = LENGTH_BYTES + headerLength;
        SafetensorsHeaderParser parser = new SafetensorsHeaderParser(file);
        parser.parse(header);
        List<SafetensorsEntry> entries = parser.entries();
        List<TensorInfo> tensors =
                entries.stream().map(entry -> info(file, entry)).toList();
        SafetensorsEntry.requireCover(file, entries, fileLength - dataStart);
        return new SafetensorsHeader(
                tensors,
                entries.stream().map(entry -> dataStart + entry.begin()).toList(),
                parser.metadata());
    }

    private static TensorInfo info(String file, SafetensorsEntry entry) {
        TensorInfo info = tensor(file, entry);
        long held = entry.end() - entry.begin();
        if (held != info.bytes()) {
            throw new ModelFormatException(
                    file + ": " + entry.name() + ": " + info.dtype() + " " + entry.shape() + " needs " + info.bytes()
                            + " bytes, data_offsets [" + entry.begin() + ", " + entry.end() + "] hold " + held);
        }
        return info;
    }

    private static TensorInfo tensor(String file, SafetensorsEntry entry) {
        try {
            return new TensorInfo(entry.name(), entry.shape(), entry.dtype());
        } catch (ArithmeticException e) {
            throw new ModelFormatException(
                    file + ": " + entry.name() + ": shape " + entry.shape() + " of " + entry.dtype()
                            + " overflows 63 bits",
                    e);
        }
    }
}
