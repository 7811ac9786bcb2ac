package io.github.hanllama.core.checkpoint;

import java.util.ArrayList;
import java.util.List;

/** How many rows each of several files gets when they do not divide. */
public enum UnevenRows {
    /** The last file takes what is left: 24976 and 24977 of 49953, as the merge scripts of Chinese-LLaMA-Alpaca. */
    LAST_MORE {
        @Override
        long each(long rows, int files) {
            return rows / files;
        }
    },
    /** The last file has fewer: 24977 and 24976 of 49953, as torch.chunk in the converter of OpenChineseLLaMA. */
    LAST_FEWER {
        @Override
        long each(long rows, int files) {
            return Math.ceilDiv(rows, files);
        }
    };

    /** What all files but the last get. */
    abstract long each(long rows, int files);

    /**
     * Where each file's part begins, and after the last one where it ends.
     *
     * @throws IllegalArgumentException when a file would get none
     */
    public List<Long> bounds(String name, long rows, int files) {
        long each = each(rows, files);
        if (each == 0 || each * (files - 1) >= rows) {
            throw new IllegalArgumentException(
                    name + ": expected rows for each of " + files + " files, found " + rows + " in all");
        }
        List<Long> bounds = new ArrayList<>();
        for (int file = 0; file < files; file++) {
            bounds.add(each * file);
        }
        bounds.add(rows);
        return bounds;
    }
}
