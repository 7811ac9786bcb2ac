package io.github.hanllama.cli;

import io.github.hanllama.core.plan.ByteCount;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.progress.Throughput;
import java.util.Locale;

/** One line on a watched terminal that says how far the work is, and is gone when the work is done. */
final class ProgressLine implements ProgressListener, AutoCloseable {
    private static final long PERIOD_NANOS = 100_000_000;

    private final Terminal terminal;
    private final Throughput throughput = new Throughput();
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
        throughput.add(progress);
        if (terminal.interactive() && (!shown || now - shownAt >= PERIOD_NANOS)) {
            terminal.error(Terminal.ERASE + describe(progress) + speed(progress));
            shownAt = now;
            shown = true;
        }
    }

    static String describe(Progress progress) {
        String percent = progress.total() > 0 ? " " + 100 * progress.done() / progress.total() + " %" : "";
        return progress.stage().name().toLowerCase(Locale.ROOT) + percent + " " + progress.what();
    }

    /** Only a download takes long enough to ask when it ends. */
    private String speed(Progress progress) {
        if (progress.stage() != Progress.Stage.DOWNLOAD
                || throughput.perSecond().isEmpty()) {
            return "";
        }
        String left = throughput
                .left()
                .map(time ->
                        ", %d:%02d:%02d left".formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart()))
                .orElse("");
        return ", " + ByteCount.describe(throughput.perSecond().getAsDouble()) + "/s" + left;
    }

    @Override
    public synchronized void close() {
        if (shown) {
            terminal.error(Terminal.ERASE);
            shown = false;
        }
    }
}
