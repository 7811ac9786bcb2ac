package io.github.hanllama.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The most anonymous memory (heap, off heap and the JVM's own, but no mapped files) this process was seen with. */
final class PeakMemory implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String FIELD = "RssAnon:";
    private static final int PERIOD_MS = 50;

    private final AtomicLong peak = new AtomicLong();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    PeakMemory() {
        clock.scheduleAtFixedRate(this::look, 0, PERIOD_MS, TimeUnit.MILLISECONDS);
    }

    /** Linux tells it; elsewhere this fails. */
    long anonymousBytes() {
        look();
        return peak.get();
    }

    private void look() {
        try {
            String line = Files.readAllLines(STATUS).stream()
                    .filter(field -> field.startsWith(FIELD))
                    .findFirst()
                    .orElseThrow();
            String kilobytes = line.substring(FIELD.length(), line.length() - " kB".length())
                    .strip();
            peak.accumulateAndGet(Long.parseLong(kilobytes) * 1024, Math::max);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
