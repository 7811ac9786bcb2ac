package io.github.hanllama.core.generation;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A text as it is written, in pieces of whole characters. Asking for the next piece runs the model on the calling
 * thread; nothing runs in between. All pieces together are the {@link GenerationResult#text() text} of the result.
 *
 * <pre>{@code
 * try (TextStream stream = generator.stream("白日依山尽，", config)) {
 *     for (String text : stream) {
 *         System.out.print(text);
 *     }
 *     System.out.println(stream.result().finishReason());
 * }
 * }</pre>
 *
 * Read by one thread; any thread may {@link #close()} it, which ends the text early.
 */
public final class TextStream implements Iterable<String>, AutoCloseable {
    private final Generation generation;

    TextStream(Generation generation) {
        this.generation = generation;
    }

    /** The pieces not read yet; every iterator reads on where the stream is. */
    @Override
    public Iterator<String> iterator() {
        return new Pieces(generation);
    }

    /**
     * What was written, once the text has ended.
     *
     * @throws IllegalStateException before the end, or when writing failed
     */
    public GenerationResult result() {
        return generation.result();
    }

    /** Ends the text where it is and frees what it held. Closing twice is fine, and so is closing after the end. */
    @Override
    public void close() {
        generation.close();
    }

    private static final class Pieces implements Iterator<String> {
        private final Generation generation;
        private Optional<String> next = Optional.empty();

        Pieces(Generation generation) {
            this.generation = generation;
        }

        @Override
        public boolean hasNext() {
            if (next.isEmpty()) {
                next = generation.next();
            }
            return next.isPresent();
        }

        @Override
        public String next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the text has ended");
            }
            String text = next.orElseThrow();
            next = Optional.empty();
            return text;
        }
    }
}
