package io.github.hanllama.core.fake;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Writes down what is opened and strikes out what is closed. */
public final class Ledger {
    private final List<String> open = new ArrayList<>();
    private final List<String> opened = new ArrayList<>();

    /** What is still open, in the order it was opened. */
    public List<String> open() {
        return List.copyOf(open);
    }

    /** Everything that was ever opened. */
    public List<String> everOpened() {
        return List.copyOf(opened);
    }

    public void opened(String what) {
        open.add(what);
        opened.add(what);
    }

    /** Closing twice is fine. */
    public void closed(String what) {
        open.remove(what);
    }

    /** A source whose files are on this ledger while they are open. */
    public ModelSource source(String name) {
        return new ModelSource() {
            @Override
            public String describe() {
                return name;
            }

            @Override
            public FileRanges headers() {
                return files(name);
            }

            @Override
            public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
                opened(name + " files");
                return files(name);
            }
        };
    }

    private ModelFiles files(String name) {
        return new ModelFiles() {
            @Override
            public Path path(String file) {
                return Path.of(name, file);
            }

            @Override
            public String origin() {
                return name;
            }

            @Override
            public SortedSet<String> names() {
                return new TreeSet<>(List.of(name + ".safetensors"));
            }

            @Override
            public long size(String file) {
                return 0;
            }

            @Override
            public byte[] read(String file, long offset, int length) {
                return new byte[length];
            }

            @Override
            public void close() {
                closed(name + " files");
            }
        };
    }
}
