package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.ZipException;

/** Reads entries where they are; each call streams from the start, which is fine for headers. */
record ZipRanges(Path archive) implements FileRanges {
    @Override
    public String origin() {
        return archive.toString();
    }

    @Override
    public SortedSet<String> names() {
        try (ZipContents contents = ZipContents.open(archive)) {
            return Collections.unmodifiableSortedSet(
                    new TreeSet<>(contents.files().keySet()));
        }
    }

    @Override
    public long size(String name) {
        try (ZipContents contents = ZipContents.open(archive)) {
            return contents.file(name).getSize();
        }
    }

    /** Resolving unpacks it. */
    @Override
    public Optional<Delivery> delivery() {
        try (ZipContents contents = ZipContents.open(archive)) {
            List<Delivery.Item> items = contents.files().entrySet().stream()
                    .map(file ->
                            new Delivery.Item(file.getKey(), file.getValue().getSize(), false))
                    .toList();
            return Optional.of(new Delivery(Path.of(System.getProperty("java.io.tmpdir")), false, items));
        }
    }

    @Override
    public byte[] read(String name, long offset, int length) {
        try (ZipContents contents = ZipContents.open(archive);
                InputStream stream = contents.zip().getInputStream(contents.file(name))) {
            long size = contents.file(name).getSize();
            if (offset < 0 || length < 0 || offset > size - length) {
                throw new EOFException("of " + size);
            }
            stream.skipNBytes(offset);
            byte[] bytes = stream.readNBytes(length);
            if (bytes.length == length) {
                return bytes;
            }
            throw new EOFException("of " + (offset + bytes.length));
        } catch (EOFException | ZipException e) {
            throw new ModelFormatException(
                    archive + ": " + name + ": expected " + length + " bytes at " + offset + ", found fewer", e);
        } catch (IOException e) {
            throw new ModelNotFoundException(archive + ": " + name + ": cannot be read: " + e, e);
        }
    }
}
