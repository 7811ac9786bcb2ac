package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Cancellation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response, pulled piece by piece. The JDK's stream of a body waits forever for a server that has stopped
 * sending; this one does not. Pulled by one thread.
 */
final class BodyReader implements HttpResponse.BodySubscriber<BodyReader>, AutoCloseable {
    private static final int PIECES_AHEAD = 8;
    private static final long SLICE_MILLIS = 50;
    /** Less than this within the stall timeout is a stall, too: a byte now and then is not a download. */
    private static final long LEAST_BYTES = 1024;

    private final LinkedBlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final Deque<ByteBuffer> ready = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;
    private boolean ended;
    private long waitedNanos;
    private long windowBytes;

    private sealed interface Signal {}

    private record Pieces(List<ByteBuffer> buffers) implements Signal {}

    private record End(Optional<Throwable> failure) implements Signal {}

    @Override
    public CompletionStage<BodyReader> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription value) {
        synchronized (this) {
            subscription = value;
        }
        value.request(PIECES_AHEAD);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        signals.add(new Pieces(buffers));
    }

    @Override
    public void onError(Throwable failure) {
        signals.add(new End(Optional.of(failure)));
    }

    @Override
    public void onComplete() {
        signals.add(new End(Optional.empty()));
    }

    /**
     * The next bytes, or empty at the end.
     *
     * @throws IOException when the connection broke, or hardly anything came within that time
     */
    Optional<ByteBuffer> next(Duration stallTimeout, Cancellation cancellation) throws IOException {
        while (ready.isEmpty() && !ended) {
            cancellation.throwIfCancelled();
            take(stallTimeout);
        }
        Optional<ByteBuffer> piece = Optional.ofNullable(ready.poll());
        windowBytes += piece.map(ByteBuffer::remaining).orElse(0);
        return piece;
    }

    private void take(Duration stallTimeout) throws IOException {
        long start = System.nanoTime();
        Signal signal = poll();
        waitedNanos += System.nanoTime() - start;
        switch (signal) {
            case Pieces pieces -> {
                pieces.buffers.stream().filter(ByteBuffer::hasRemaining).forEach(ready::add);
                request();
            }
            case End end -> {
                ended = true;
                if (end.failure.isPresent()) {
                    throw new IOException("the connection broke: " + end.failure.get(), end.failure.get());
                }
            }
            case null -> {} // nothing yet
        }
        requireFlow(stallTimeout);
    }

    private void requireFlow(Duration stallTimeout) throws IOException {
        if (ended || waitedNanos < stallTimeout.toNanos()) {
            return;
        }
        if (windowBytes < LEAST_BYTES && ready.isEmpty()) {
            throw new IOException("stalled: " + windowBytes + " bytes in " + stallTimeout.toMillis() + " ms");
        }
        waitedNanos = 0;
        windowBytes = 0;
    }

    private @Nullable Signal poll() {
        try {
            return signals.poll(SLICE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
    }

    private synchronized void request() {
        if (subscription != null) {
            subscription.request(1);
        }
    }

    /** All of it. */
    byte[] readAll(int limit, Duration stallTimeout, Cancellation cancellation) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Optional<ByteBuffer> piece = next(stallTimeout, cancellation);
                piece.isPresent();
                piece = next(stallTimeout, cancellation)) {
            byte[] part = new byte[Math.min(piece.get().remaining(), limit - bytes.size())];
            piece.get().get(part);
            bytes.writeBytes(part);
            if (piece.get().hasRemaining()) {
                throw new TooLongException(limit);
            }
        }
        return bytes.toByteArray();
    }

    /** A body that was to be small. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        TooLongException(int limit) {
            super("more than " + limit + " bytes");
        }
    }

    /** Leaves the rest where it is; the connection is closed unless the body has ended. */
    @Override
    public synchronized void close() {
        if (subscription != null) {
            subscription.cancel();
        }
    }
}
