package io.github.hanllama.core.generation;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/** Asks a generation for more, piece by piece. */
final class Pieces<T> implements Iterator<T> {
    private final Generation generation;
    private final Function<Piece, T> view;
    private Optional<Piece> next = Optional.empty();

    Pieces(Generation generation, Function<Piece, T> view) {
        this.generation = generation;
        this.view = view;
    }

    @Override
    public boolean hasNext() {
        if (next.isEmpty()) {
            next = generation.next();
        }
        return next.isPresent();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the text has ended");
        }
        Piece piece = next.orElseThrow();
        next = Optional.empty();
        return view.apply(piece);
    }
}
