package io.github.hanllama.quant;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * When to search with vectors. Until they are compiled they are twenty times slower than scalar code, so at first they have
 * every sixteenth turn only: a small model is quantized before they are worth it. Both find the same.
 */
final class WarmUp {
    private static final int TURNS = 1 << 14;
    private static final int SHARE = 16;

    private final AtomicInteger turns = new AtomicInteger();

    boolean vectorsTurn() {
        return turns.get() >= TURNS || turns.getAndIncrement() % SHARE == 0;
    }
}
