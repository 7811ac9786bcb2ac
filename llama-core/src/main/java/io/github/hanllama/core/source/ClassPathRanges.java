package io.github.hanllama.core.source;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** Reads resources where they are; each call streams from the start, which is fine for headers. */
record ClassPathRanges(ClassPathSource source) implements FileRanges {
    @Override
    public String origin() {
        return source.describe();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(source.names()));
    }

    @Override
    public long size(String name) {
        try (InputStream stream = open(name)) {
            return stream.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw unreadable(origin(), name, e);
        }
    }

    @Override
    public byte[] read(String name, long offset, int length) {
        try (InputStream stream = open(name)) {
            stream.skipNBytes(offset);
            byte[] bytes = stream.readNBytes(length);
            if (bytes.length == length) {
                return bytes;
            }
            throw new EOFException("found " + bytes.length);
        } catch (EOFException e) {
            throw new ModelFormatException(
                    origin() + ": " + name + ": expected " + length + " bytes at " + offset + ", found fewer", e);
        } catch (IOException e) {
            throw unreadable(origin(), name, e);
        }
    }

    InputStream open(String name) {
        String resource = "/" + source.folder() + "/" + name;
        InputStream stream = source.names().contains(name) ? source.anchor().getResourceAsStream(resource) : null;
        if (stream == null) {
            throw new ModelNotFoundException(origin() + ": " + name + ": no such resource beside "
                    + source.anchor().getName());
        }
        return stream;
    }

    static ModelNotFoundException unreadable(String origin, String name, IOException cause) {
        return new ModelNotFoundException(origin + ": " + name + ": cannot be read: " + cause, cause);
    }
}
