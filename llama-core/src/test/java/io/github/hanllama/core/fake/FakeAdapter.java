package io.github.hanllama.core.fake;

import io.github.hanllama.core.engine.AttachedAdapter;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.Optional;

/** A handle on nothing. */
public record FakeAdapter(Optional<Tokenizer> tokenizer, int vocabularySize, boolean replacing)
        implements AttachedAdapter {
    @Override
    public String origin() {
        return "fake";
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public void close() {}
}
