package io.github.hanllama.core.source;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Resources of a jar. */
record ClassPathSource(Class<?> anchor, String folder, List<String> names) implements ModelSource {
    ClassPathSource {
        names = List.copyOf(names);
        names.forEach(name -> {
            if (!FileNames.isSafe(name)) {
                throw new IllegalArgumentException("not a name inside the folder: " + name);
            }
        });
    }

    @Override
    public String describe() {
        return "classpath:" + folder;
    }

    @Override
    public FileRanges headers() {
        return new ClassPathRanges(this);
    }

    @Override
    public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
        TemporaryFiles files =
                TemporaryFiles.create(describe(), Path.of(folder).getFileName().toString());
        try {
            for (int i = 0; i < names.size(); i++) {
                cancellation.throwIfCancelled();
                copy(names.get(i), files.target(names.get(i)));
                listener.onProgress(new Progress(Progress.Stage.DOWNLOAD, names.get(i), i + 1, names.size()));
            }
            return files;
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private void copy(String name, Path target) {
        try (InputStream stream = new ClassPathRanges(this).open(name)) {
            Files.copy(stream, target);
        } catch (IOException e) {
            throw ClassPathRanges.unreadable(describe(), name, e);
        }
    }
}
