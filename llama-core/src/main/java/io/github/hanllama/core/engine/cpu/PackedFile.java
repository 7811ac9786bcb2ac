package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.quant.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The packed matrices of one plan in one file: a header in lines of text, zeros up to a page, then the matrices, each on a
 * page of its own.
 *
 * <p>Nothing of a file is believed: what its header must be follows from the plan, and one that differs in a byte, or a
 * file of another length, is not used. So there are no sizes to check and no names to look for.
 */
final class PackedFile {
    /** Raised when the same files come to mean other weights: how they are read, merged or quantized. */
    private static final int MEANING = 1;

    private static final int PAGE = 4096;

    private final WeightPlan plan;
    private final byte[] header;
    private final SequencedMap<String, Long> offsets = new LinkedHashMap<>();
    private final long size;

    /** @param identity of the checkpoint that the plan is of */
    PackedFile(WeightPlan plan, String identity) {
        this.plan = plan;
        StringBuilder lines = new StringBuilder("hanllama packed weights\n");
        lines.append("layout ")
                .append(PackedMatrix.LAYOUT)
                .append('.')
                .append(MEANING)
                .append('\n');
        lines.append("identity ").append(identity).append('\n');
        for (WeightPlan.Matrix matrix : plan.matrices()) {
            lines.append(matrix.name() + " " + matrix.type() + " " + matrix.rows() + " " + matrix.columns() + "\n");
        }
        byte[] text = lines.toString().getBytes(StandardCharsets.UTF_8);
        header = new byte[Math.toIntExact(pages(text.length))];
        System.arraycopy(text, 0, header, 0, text.length);
        long end = header.length;
        for (WeightPlan.Matrix matrix : plan.matrices()) {
            offsets.put(matrix.name(), end);
            end += pages(matrix.byteSize());
        }
        size = end;
    }

    private static long pages(long bytes) {
        return Math.ceilDiv(bytes, PAGE) * PAGE;
    }

    /** Bytes of the whole file. */
    long size() {
        return size;
    }

    /** Where each matrix begins, in the order of the file. */
    SequencedMap<String, Long> offsets() {
        return offsets;
    }

    /** A copy, to be read. */
    ByteBuffer header() {
        return ByteBuffer.wrap(header).asReadOnlyBuffer();
    }

    /**
     * Maps a file; the arena keeps it.
     *
     * @throws UnusableException when it is another file than this, or none
     */
    Map<String, PackedMatrix> map(Path path, Arena arena) throws UnusableException {
        if (!Files.isRegularFile(path)) {
            throw new UnusableException(Files.exists(path) ? "is no file" : "is not there yet");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            requireHeader(channel);
            if (channel.size() != size) {
                throw new UnusableException("has " + channel.size() + " bytes, expected " + size);
            }
            return matrices(channel.map(MapMode.READ_ONLY, 0, size, arena));
        } catch (IOException e) {
            throw new UnusableException("cannot be mapped: " + e);
        }
    }

    private Map<String, PackedMatrix> matrices(MemorySegment memory) {
        Map<String, PackedMatrix> matrices = new HashMap<>();
        for (WeightPlan.Matrix matrix : plan.matrices()) {
            long offset = offsets.getOrDefault(matrix.name(), 0L);
            MemorySegment packed = memory.asSlice(offset, matrix.byteSize());
            matrices.put(matrix.name(), PackedMatrix.of(matrix.type(), matrix.rows(), matrix.columns(), packed));
        }
        return matrices;
    }

    private void requireHeader(FileChannel channel) throws IOException, UnusableException {
        ByteBuffer found = ByteBuffer.allocate(header.length);
        while (found.hasRemaining() && channel.read(found) >= 0) {
            // until the header is full or the file ends
        }
        int same = ByteBuffer.wrap(header).mismatch(found.flip());
        if (same >= 0) {
            throw new UnusableException("differs in its " + part(same));
        }
    }

    /** Where in the header a byte is, for people. */
    private String part(int at) {
        String before = new String(header, 0, at, StandardCharsets.UTF_8);
        return switch ((int) before.lines().count() - (before.endsWith("\n") || at == 0 ? 0 : 1)) {
            case 0 -> "first line: it holds no packed weights";
            case 1 -> "layout";
            case 2 -> "identity: the model has changed";
            default -> "matrices";
        };
    }

    /** Why a file is not used. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1;

        UnusableException(String reason) {
            super(reason);
        }
    }
}
