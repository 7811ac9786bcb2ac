package io.github.hanllama.core.generation;

import java.util.Iterator;
import java.util.List;

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
        return new Pieces<>(generation, Piece::text);
    }

    /**
     * What was written, once the text has ended.
     *
     * @throws IllegalStateException before the end, or when writing failed
     */
    public GenerationResult result() {
        return generation.results().getFirst();
    }

    /**
     * How likely the ids so far were, those included whose text is still held back; empty unless {@link
     * GenerationConfig#logprobs()} asks for it.
     */
    public List<TokenLogprobs> logprobs() {
        return generation.logprobs(0);
    }

    /** Ends the text where it is and frees what it held. Closing twice is fine, and so is closing after the end. */
    @Override
    public void close() {
        generation.close();
    }
}
