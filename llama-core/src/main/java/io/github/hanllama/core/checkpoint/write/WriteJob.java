package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.progress.Progress.Stage;
import java.util.function.LongConsumer;

/** One piece of a written checkpoint that a thread does alone. */
public interface WriteJob {
    Stage stage();

    /** For display. */
    String what();

    long bytes();

    /** @param progress is told bytes as they are done, and may throw to stop */
    void run(LongConsumer progress);
}
