package io.github.hanllama.core.checkpoint.file;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.source.FileRanges;

/** Reads files that fit the heap, after looking at their size. */
public final class SmallFiles {
    private SmallFiles() {}

    public static byte[] read(FileRanges files, String name, int maxBytes) {
        long size = files.size(name);
        if (size > maxBytes) {
            throw new ModelFormatException(files.origin() + "/" + name + ": expected at most " + maxBytes
                    + " bytes, found " + size + "; it is not what its name says");
        }
        return files.read(name, 0, (int) size);
    }
}
