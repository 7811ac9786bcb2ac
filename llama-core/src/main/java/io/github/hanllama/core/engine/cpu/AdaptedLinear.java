package io.github.hanllama.core.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A linear layer for a whole chunk: the base's product for all tokens, then what adapters make of it for theirs. */
final class AdaptedLinear {
    private final Linear base;
    private final List<AdaptedPart> parts;
    private final float[][] biases; // by token, where adapters have their own

    private AdaptedLinear(Linear base, List<AdaptedPart> parts, float[][] biases) {
        this.base = base;
        this.parts = parts;
        this.biases = biases;
    }

    /** For that many tokens, some of which use adapters. */
    static AdaptedLinear of(Linear base, int tokens, List<AdaptedTokens> adapted) {
        List<AdaptedPart> parts = new ArrayList<>();
        for (AdaptedTokens group : adapted) {
            if (group.weights().changes(base.name())) {
                parts.add(new AdaptedPart(base, group));
            }
        }
        return new AdaptedLinear(base, parts, biases(base, tokens, adapted));
    }

    private static float[][] biases(Linear base, int tokens, List<AdaptedTokens> adapted) {
        float[][] biases = new float[tokens][];
        Arrays.fill(biases, base.bias());
        for (AdaptedTokens group : adapted) {
            float[] own = group.weights().vector(base.biasName(), base.bias());
            group.tokens().forEach(token -> biases[token] = own);
        }
        return biases;
    }

    /** Work that comes before the tiles, in any order: each part {@link AdaptedPart#prepare prepared} with the input. */
    Stream<AdaptedPart> parts() {
        return parts.stream();
    }

    int tiles() {
        return base.tiles();
    }

    /**
     * Computes some tiles of rows.
     *
     * @param y (tokens, out)
     */
    void apply(int fromTile, int toTile, ChunkInput x, float[] y) {
        base.multiply(fromTile, toTile, x, y);
        for (AdaptedPart part : parts) {
            for (int tile = fromTile; tile < toTile; tile++) {
                part.apply(tile, y);
            }
        }
        for (int t = 0; t < biases.length; t++) {
            base.add(fromTile, toTile, biases[t], t, y);
        }
    }
}
