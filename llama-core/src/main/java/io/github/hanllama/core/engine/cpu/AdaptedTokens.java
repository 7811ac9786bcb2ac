package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Tokens of a chunk that use the same adapters: as many as are worth being one piece of work. */
record AdaptedTokens(RowWeights<PackedMatrix> weights, List<Integer> tokens) {
    private static final int MOST = 6 * MatrixInput.TILE;

    /** None when no row of the chunk uses adapters. */
    static List<AdaptedTokens> of(Chunk chunk) {
        Map<RowWeights<PackedMatrix>, List<Integer>> byWeights = new LinkedHashMap<>();
        for (Chunk.Run run : chunk.runs()) {
            if (run.row().weights().adapted()) {
                List<Integer> tokens = byWeights.computeIfAbsent(run.row().weights(), absent -> new ArrayList<>());
                IntStream.range(run.firstToken(), run.firstToken() + run.size()).forEach(tokens::add);
            }
        }
        List<AdaptedTokens> all = new ArrayList<>();
        byWeights.forEach((weights, tokens) -> {
            for (int from = 0; from < tokens.size(); from += MOST) {
                all.add(new AdaptedTokens(weights, tokens.subList(from, Math.min(tokens.size(), from + MOST))));
            }
        });
        return all;
    }

    int size() {
        return tokens.size();
    }

    /** Their rows out of those of the chunk. */
    MatrixInput gather(float[] rows, int width) {
        float[] own = new float[size() * width];
        for (int i = 0; i < size(); i++) {
            System.arraycopy(rows, tokens.get(i) * width, own, i * width, width);
        }
        return MatrixInput.of(own, size(), width);
    }
}
