package io.github.hanllama.lora;

import io.github.hanllama.core.source.ModelFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A folder of a test; counts what is read of it. */
final class FolderFiles implements ModelFiles {
    private final Path folder;
    long bytesRead;
    boolean closed;

    private FolderFiles(Path folder) {
        this.folder = folder;
    }

    static FolderFiles of(Path folder) {
        return new FolderFiles(folder);
    }

    LoraWeights open() {
        return (LoraWeights) LoraAdapter.of(folder).open(this);
    }

    @Override
    public String origin() {
        return String.valueOf(folder.getFileName());
    }

    @Override
    public SortedSet<String> names() {
        try (Stream<Path> files = Files.list(folder)) {
            return new TreeSet<>(
                    files.map(file -> String.valueOf(file.getFileName())).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] read(String name, long offset, int length) {
        bytesRead += length;
        return ModelFiles.super.read(name, offset, length);
    }

    @Override
    public Path path(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() {
        closed = true;
    }
}
