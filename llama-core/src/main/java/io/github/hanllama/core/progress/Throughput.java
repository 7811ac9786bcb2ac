package io.github.hanllama.core.progress;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * How fast work goes and how long it will take, from the last seconds of its {@link Progress}.
 *
 * <pre>{@code
 * Throughput throughput = new Throughput();
 * builder.onProgress(progress -> {
 *     throughput.add(progress);
 *     show(progress, throughput.perSecond(), throughput.left());
 * });
 * }</pre>
 *
 * Thread-safe.
 */
public final class Throughput {
    private static final long WINDOW_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long STEP_NANOS = Duration.ofMillis(100).toNanos();

    private final LongSupplier clock;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private long total = -1;

    private record Sample(long nanos, long done) {}

    public Throughput() {
        this(System::nanoTime);
    }

    Throughput(LongSupplier clock) {
        this.clock = clock;
    }

    /** Takes note; other work than before begins anew. */
    public synchronized void add(Progress progress) {
        long now = clock.getAsLong();
        if (progress.total() != total) {
            samples.clear();
            total = progress.total();
        }
        if (samples.isEmpty() || now - samples.getLast().nanos >= STEP_NANOS) {
            samples.add(new Sample(now, progress.done()));
        }
        while (now - samples.getFirst().nanos > WINDOW_NANOS) {
            samples.removeFirst();
        }
    }

    /** Units in a second, as the progress counts them; empty at the beginning. */
    public synchronized OptionalDouble perSecond() {
        if (samples.size() < 2) {
            return OptionalDouble.empty();
        }
        double seconds = (samples.getLast().nanos - samples.getFirst().nanos) / 1e9;
        return OptionalDouble.of(Math.max(0, samples.getLast().done - samples.getFirst().done) / seconds);
    }

    /** Until all is done at this speed; empty when that cannot be said. */
    public synchronized Optional<Duration> left() {
        double speed = perSecond().orElse(0);
        if (speed <= 0 || total < 0) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofSeconds(Math.round((total - samples.getLast().done) / speed)));
    }
}
