package io.github.hanllama.cli;

import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import java.util.Locale;

/** One line on a watched terminal that says how far the work is, and is gone when the work is done. */
final class ProgressLine implements ProgressListener, AutoCloseable {
    private static final long PERIOD_NANOS = 100_000_000;
    private static final String ERASE = "\r\u001b[K";

    private final Terminal terminal;
    private long shownAt;
    private boolean shown;

    private ProgressLine(Terminal terminal) {
        this.terminal = terminal;
    }

    static ProgressLine on(Terminal terminal) {
        return new ProgressLine(terminal);
    }

    @Override
    public synchronized void onProgress(Progress progress) {
        long now = System.nanoTime();
        if (terminal.interactive() && (!shown || now - shownAt >= PERIOD_NANOS)) {
            terminal.error(ERASE + describe(progress));
            shownAt = now;
            shown = true;
        }
    }

    static String describe(Progress progress) {
        String percent = progress.total() > 0 ? " " + 100 * progress.done() / progress.total() + " %" : "";
        return progress.stage().name().toLowerCase(Locale.ROOT) + percent + " " + progress.what();
    }

    @Override
    public synchronized void close() {
        if (shown) {
            terminal.error(ERASE);
            shown = false;
        }
    }
}
