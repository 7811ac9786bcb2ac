package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.Optional;

/** A handle on an adapter of one model. */
final class EngineAdapter<M> implements AttachedAdapter {
    private final Adapters<M> owner;
    private final PreparedAdapter<M> prepared;
    private final String origin;
    private final String identity;
    private final boolean replacing;
    private final Optional<Tokenizer> tokenizer;
    private volatile boolean closed;

    EngineAdapter(Adapters<M> owner, AdapterChain chain, PreparedAdapter<M> prepared, String identity) {
        this.owner = owner;
        this.prepared = prepared;
        this.origin = chain.origin();
        this.identity = identity;
        this.replacing = chain.replacing();
        this.tokenizer = chain.tokenizer();
    }

    boolean belongsTo(Adapters<?> adapters) {
        return owner == adapters;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the adapter " + origin + " is closed");
        }
    }

    PreparedAdapter<M> prepared() {
        return prepared;
    }

    String identity() {
        return identity;
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public int vocabularySize() {
        return prepared.vocabularySize();
    }

    @Override
    public boolean replacing() {
        return replacing;
    }

    @Override
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    @Override
    public long bytes() {
        return prepared.bytes();
    }

    @Override
    public void close() {
        owner.close(this);
    }

    void markClosed() {
        closed = true;
    }

    @Override
    public String toString() {
        return "AttachedAdapter[" + origin + "]";
    }
}
