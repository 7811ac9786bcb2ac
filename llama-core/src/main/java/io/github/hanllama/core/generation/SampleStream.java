package io.github.hanllama.core.generation;

import java.util.Iterator;
import java.util.List;

/**
 * Several texts that continue one prompt, as they are written side by side; otherwise as {@link TextStream}.
 *
 * <pre>{@code
 * try (SampleStream samples = generator.streamSamples("白日依山尽，", 4, config)) {
 *     for (Piece piece : samples) {
 *         texts[piece.sample()].append(piece.text());
 *     }
 * }
 * }</pre>
 *
 * Read by one thread; any thread may {@link #close()} it, which ends the texts early.
 */
public final class SampleStream implements Iterable<Piece>, AutoCloseable {
    private final Generation generation;

    SampleStream(Generation generation) {
        this.generation = generation;
    }

    /** The pieces not read yet; those of one text are in order. */
    @Override
    public Iterator<Piece> iterator() {
        return new Pieces<>(generation, piece -> piece);
    }

    /**
     * What was written, in the order of the samples, once all texts have ended.
     *
     * @throws IllegalStateException before the end, or when writing failed
     */
    public List<GenerationResult> results() {
        return generation.results();
    }

    /** As {@link TextStream#logprobs()}, of one of the texts. */
    public List<TokenLogprobs> logprobs(int sample) {
        return generation.logprobs(sample);
    }

    /** Ends the texts where they are and frees what they held. Closing twice is fine, and so is closing after the end. */
    @Override
    public void close() {
        generation.close();
    }
}
