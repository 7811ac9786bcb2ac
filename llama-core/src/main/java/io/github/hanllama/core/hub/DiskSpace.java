package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether there is room, asked before anything is fetched. */
final class DiskSpace {
    private static final int RESERVE_SHARE = 20;

    private DiskSpace() {}

    /** @throws BackendException when so many bytes and a twentieth more do not fit, as far as that can be known */
    static void require(Path folder, long bytes, String what) {
        long wanted = bytes > Long.MAX_VALUE / 2 ? bytes : bytes + bytes / RESERVE_SHARE;
        long free = free(folder);
        if (bytes > 0 && free < wanted) {
            throw new BackendException(
                    what + ": the disk of " + folder + " is full: expected " + wanted + " bytes free, found " + free
                            + "; make room (./llama cache prune), or choose another disk (HF_HOME)");
        }
    }

    private static long free(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
