package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Waits between attempts, longer each time, and gives up after some that led nowhere; says so where it takes a while. Of one thread. */
final class Retry {
    private static final System.Logger LOG = System.getLogger(TransferOptions.WAITS);

    private static final int MAX_DOUBLINGS = 3;
    private static final Duration LONGEST_WISH = Duration.ofMinutes(10);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(3);
    private static final long SLICE_MILLIS = 50;

    private final TransferOptions options;
    private final Cancellation cancellation;
    private int failures;

    Retry(TransferOptions options, Cancellation cancellation) {
        this.options = options;
        this.cancellation = cancellation;
    }

    /** An attempt. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws IOException;
    }

    /** Attempts until one succeeds; throws what the last one threw. */
    <T> T run(Attempt<T> attempt) throws IOException {
        while (true) {
            try {
                return attempt.run();
            } catch (IOException e) {
                failed(e);
            }
        }
    }

    /** Something was gained since the last failure. */
    void progressed() {
        failures = 0;
    }

    /** Waits before the next attempt, or throws the failure when that was the last one. */
    void failed(IOException failure) throws IOException {
        cancellation.throwIfCancelled();
        if (failures >= options.retries()) {
            throw failure;
        }
        Duration backoff = options.backoff().multipliedBy(1L << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        Duration pause = wish(failure).orElse(backoff);
        if (pause.compareTo(LONGEST_SILENCE) > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    Objects.requireNonNullElseGet(failure.getMessage(), failure::toString) + "; trying again in "
                            + pause.toSeconds() + " seconds");
        }
        pause(pause, cancellation);
    }

    private static Optional<Duration> wish(IOException failure) {
        Optional<Duration> wish = failure instanceof TransientFailure busy ? busy.retryAfter() : Optional.empty();
        if (wish.isPresent() && wish.get().compareTo(LONGEST_WISH) > 0) {
            throw new HubException(
                    failure.getMessage() + "; it asks to come back in "
                            + wish.get().toMinutes() + " minutes",
                    failure);
        }
        return wish;
    }

    private static void pause(Duration duration, Cancellation cancellation) {
        long end = System.nanoTime() + duration.toNanos();
        try {
            for (long left = duration.toMillis(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
                cancellation.throwIfCancelled();
                Thread.sleep(Math.min(left, SLICE_MILLIS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
    }
}
