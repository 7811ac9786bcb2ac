package io.github.hanllama.fuzz;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;

/** The files of a fixture, of which one is another. */
final class PatchedFiles implements ModelFiles {
    private final ModelFiles files;
    private final Scratch scratch;
    private final String name;
    private final byte[] content;

    private PatchedFiles(ModelFiles files, Scratch scratch, String name, byte[] content) {
        this.files = files;
        this.scratch = scratch;
        this.name = name;
        this.content = content;
    }

    /** A fixture's folder as it is. */
    static ModelFiles fixture(String path) {
        return ModelSources.path(TestData.path(path)).resolve(ProgressListener.NONE, new Cancellation());
    }

    static PatchedFiles of(ModelFiles files, Scratch scratch, String name, byte[] content) {
        return new PatchedFiles(files, scratch, name, content);
    }

    @Override
    public String origin() {
        return "fuzzed";
    }

    @Override
    public SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>(files.names());
        names.add(name);
        return names;
    }

    @Override
    public long size(String file) {
        return file.equals(name) ? content.length : files.size(file);
    }

    @Override
    public byte[] read(String file, long offset, int length) {
        if (!file.equals(name)) {
            return files.read(file, offset, length);
        }
        if (offset > content.length - (long) length) {
            throw new ModelFormatException(file + ": ends before " + (offset + length));
        }
        return Arrays.copyOfRange(content, (int) offset, (int) offset + length);
    }

    @Override
    public Path path(String file) {
        return file.equals(name) ? scratch.write(name, content) : files.path(file);
    }

    @Override
    public void close() {
        // The fixture stays.
    }
}
