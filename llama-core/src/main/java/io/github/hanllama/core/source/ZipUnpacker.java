package io.github.hanllama.core.source;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;

/** Unpacks an archive into a private folder, each file exactly as long as it says and with the checksum it says. */
final class ZipUnpacker {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path archive;
    private final ProgressListener listener;
    private final Cancellation cancellation;
    private long done;
    private long total;

    ZipUnpacker(Path archive, ProgressListener listener, Cancellation cancellation) {
        this.archive = archive;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    ModelFiles unpack() {
        try (ZipContents contents = ZipContents.open(archive)) {
            total = contents.files().values().stream()
                    .mapToLong(ZipEntry::getSize)
                    .reduce(0, Math::addExact);
            TemporaryFiles files = TemporaryFiles.create(
                    archive.toString(), archive.getFileName().toString());
            try {
                requireSpace(files);
                for (Map.Entry<String, ZipEntry> file : contents.files().entrySet()) {
                    unpack(contents, file.getValue(), files.target(file.getKey()));
                }
                return files;
            } catch (Throwable e) {
                files.close();
                throw e;
            }
        }
    }

    private void requireSpace(TemporaryFiles files) {
        long usable = files.usableBytes();
        if (usable < total) {
            throw new BackendException(archive + ": the disk of the temporary folder is full: expected " + total
                    + " bytes free to unpack to, found " + usable + "; choose another with -Djava.io.tmpdir");
        }
    }

    private void unpack(ZipContents contents, ZipEntry entry, Path target) {
        try (InputStream in = contents.zip().getInputStream(entry);
                OutputStream out = Files.newOutputStream(target)) {
            copy(entry, in, out);
        } catch (ZipException | EOFException e) {
            throw new ModelFormatException(
                    archive + ": " + entry.getName() + ": expected "
                            + (entry.getMethod() == ZipEntry.STORED ? "stored" : "deflated")
                            + " data, found other bytes: " + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new BackendException(archive + ": " + entry.getName() + ": cannot be unpacked: " + e, e);
        }
    }

    private void copy(ZipEntry entry, InputStream in, OutputStream out) throws IOException {
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[BUFFER_BYTES];
        long length = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            cancellation.throwIfCancelled();
            length += read;
            if (length > entry.getSize()) {
                break;
            }
            crc.update(buffer, 0, read);
            out.write(buffer, 0, read);
            done += read;
            listener.onProgress(new Progress(Progress.Stage.LOAD, entry.getName(), done, total));
        }
        if (length != entry.getSize()) {
            throw new ModelFormatException(archive + ": " + entry.getName() + ": expected " + entry.getSize()
                    + " bytes when unpacked, found " + (length > entry.getSize() ? "more" : length));
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new ModelFormatException(archive + ": " + entry.getName() + ": expected checksum "
                    + Long.toHexString(entry.getCrc()) + ", found " + Long.toHexString(crc.getValue())
                    + "; is the download complete?");
        }
    }
}
