package io.github.hanllama.core.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes what was renamed survive a loss of power. */
final class Durability {
    private Durability() {}

    /** As far as the system can: Windows opens no folder. */
    static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            return; // the file itself is on disk
        }
    }
}
