package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.quant.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Writes a {@link PackedFile} so that it appears under its name when it is complete and on disk, in the place of one there
 * may be: whoever has mapped that keeps it.
 *
 * <p>Until then it has a temporary name beside it, and a lock that ends with its writer. What writers left that were killed
 * is removed by the next.
 */
final class PackedFileWriter {
    private static final long CHUNK = 64 << 20;

    private final PackedFile file;
    private final Path target;
    private final EngineOptions options;

    PackedFileWriter(PackedFile file, Path target, EngineOptions options) {
        this.file = file;
        this.target = target.toAbsolutePath().normalize();
        this.options = options;
    }

    /**
     * @param stillTrue asked before the file gets its name: whether it still belongs to the model
     * @return whether it was
     * @throws IOException when it cannot be written; then there is nothing new
     * @throws java.util.concurrent.CancellationException when cancelled through the options
     */
    boolean write(Map<String, PackedMatrix> matrices, BooleanSupplier stillTrue) throws IOException {
        Path folder = Objects.requireNonNull(target.getParent(), "a file is in a folder");
        Files.createDirectories(folder);
        String prefix = "." + target.getFileName() + "-";
        removeLeftovers(folder, prefix);
        Path temporary = folder.resolve(prefix + UUID.randomUUID());
        try (FileChannel channel =
                        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            requireSpace(temporary);
            write(matrices, channel);
            boolean commit = lock.isValid() && stillTrue.getAsBoolean();
            if (commit) {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                forceFolder(folder);
            }
            return commit;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private void write(Map<String, PackedMatrix> matrices, FileChannel channel) throws IOException {
        write(file.header(), 0, channel);
        for (Map.Entry<String, Long> entry : file.offsets().entrySet()) {
            PackedMatrix matrix = Objects.requireNonNull(matrices.get(entry.getKey()));
            write(entry.getKey(), matrix.packed(), entry.getValue(), channel);
        }
        pad(channel);
        channel.force(true);
    }

    private void requireSpace(Path temporary) throws IOException {
        long usable = Files.getFileStore(temporary).getUsableSpace();
        if (usable < file.size()) {
            throw new IOException("expected " + file.size() + " bytes free, found " + usable);
        }
    }

    private void write(String name, MemorySegment packed, long offset, FileChannel channel) throws IOException {
        for (long done = 0; done < packed.byteSize(); done += CHUNK) {
            options.cancellation().throwIfCancelled();
            long length = Math.min(CHUNK, packed.byteSize() - done);
            write(packed.asSlice(done, length).asByteBuffer(), offset + done, channel);
            options.listener()
                    .onProgress(new Progress(Progress.Stage.WRITE, name, offset + done + length, file.size()));
        }
    }

    private static void write(ByteBuffer bytes, long offset, FileChannel channel) throws IOException {
        long to = offset;
        while (bytes.hasRemaining()) {
            to += channel.write(bytes, to);
        }
    }

    /** The last matrix may end before its page does. */
    private void pad(FileChannel channel) throws IOException {
        int missing = Math.toIntExact(file.size() - channel.size());
        write(ByteBuffer.allocate(missing), channel.size(), channel);
    }

    /** So that the name survives a loss of power; not every system lets folders be opened. */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            return;
        }
    }

    private static void removeLeftovers(Path folder, String prefix) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                folder, path -> path.getFileName().toString().startsWith(prefix))) {
            for (Path path : entries) {
                if (isAbandoned(path)) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    /** Nobody holds its lock. */
    private static boolean isAbandoned(Path temporary) {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) { // gone, another user's, or this process's
            return false;
        }
    }
}
