package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.quant.PackedMatrix;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.function.Function;

/** Packed matrices by the names of their tensors, and the memory they are in, which closing frees. */
record PackedWeights(Map<String, PackedMatrix> matrices, Arena arena) implements AutoCloseable {
    /** What the maker makes in the arena; when it fails, the arena is closed. */
    static PackedWeights in(Arena arena, Function<Arena, Map<String, PackedMatrix>> maker) {
        try {
            return new PackedWeights(maker.apply(arena), arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
