package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.core.engine.support.RowWeights;
import io.github.hanllama.quant.Activations;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Final norm and logits, computed only where they are wanted, a few positions at a time. */
final class Head {
    /** Positions that share one pass over the head's weights. */
    private static final int GROUP = 6 * MatrixInput.TILE;

    private final LlamaConfig config;
    private final JavaWeights weights;
    private final Team team;
    private final ChunkInput input;
    private float[] logits = {}; // (places that want them, vocabulary size), of the last places

    Head(LlamaConfig config, JavaWeights weights, Team team, boolean exact) {
        this.config = config;
        this.weights = weights;
        this.team = team;
        this.input = new ChunkInput(config.hiddenSize(), exact);
    }

    /** A wanted position: index of the token in the chunk, index of the id in its row. */
    private record Place(PassRow<JavaStorage, PackedMatrix> row, int token, int id) {
        Output output() {
            return row.output(id);
        }

        RowWeights<PackedMatrix> weights() {
            return row.weights();
        }
    }

    /** Emits in batch order and completes the rows that end in the chunk. */
    void emit(Chunk chunk, float[] residual) {
        List<Place> group = new ArrayList<>();
        for (Chunk.Run run : chunk.runs()) {
            for (int i = 0; i < run.size(); i++) {
                if (run.row().output(run.firstId() + i) == Output.NONE) {
                    continue;
                }
                Place place = new Place(run.row(), run.firstToken() + i, run.firstId() + i);
                if (group.size() == GROUP || (!group.isEmpty() && !shareHead(group.getLast(), place))) {
                    emit(group, residual);
                    group.clear();
                }
                group.add(place);
            }
        }
        if (!group.isEmpty()) {
            emit(group, residual);
        }
        for (Chunk.Run run : chunk.runs()) {
            if (run.last() && run.row().active()) {
                run.row().complete();
            }
        }
    }

    private boolean shareHead(Place one, Place other) {
        return one.weights() == other.weights() || (isPlain(one) && isPlain(other) && matrix(one) == matrix(other));
    }

    private static boolean isPlain(Place place) {
        return place.weights().pairs(TensorNames.LM_HEAD).isEmpty();
    }

    private PackedMatrix matrix(Place place) {
        return place.weights().matrix(TensorNames.LM_HEAD, weights.lmHead.weight());
    }

    private Linear linear(Place place) {
        PackedMatrix matrix = matrix(place);
        return matrix == weights.lmHead.weight() ? weights.lmHead : Linear.of(TensorNames.LM_HEAD, matrix);
    }

    /** Places that share a head. */
    private void emit(List<Place> places, float[] residual) {
        float[] hidden = norm(places, residual);
        multiply(places, hidden);
        int vocabulary = matrix(places.getFirst()).rows();
        int done = 0;
        for (int i = 0; i < places.size(); i++) {
            if (places.get(i).output() == Output.LOGITS) {
                emit(places.get(i), logits, done * vocabulary, vocabulary);
                done++;
            } else {
                emit(places.get(i), hidden, i * config.hiddenSize(), config.hiddenSize());
            }
        }
    }

    private static void emit(Place place, float[] values, int at, int count) {
        if (place.row.active()) {
            place.row.emit(place.id, values.length == count ? values : Arrays.copyOfRange(values, at, at + count));
        }
    }

    /** (places, hiddenSize). */
    private float[] norm(List<Place> places, float[] residual) {
        int width = config.hiddenSize();
        float[] hidden = new float[places.size() * width];
        for (int i = 0; i < places.size(); i++) {
            int at = places.get(i).token * width;
            Activations.rmsNorm(
                    residual,
                    at,
                    places.get(i).weights().vector(TensorNames.NORM, weights.norm),
                    config.rmsNormEps(),
                    hidden,
                    i * width);
        }
        return hidden;
    }

    /** Fills {@link #logits}. */
    private void multiply(List<Place> places, float[] hidden) {
        int width = config.hiddenSize();
        float[] wanted = new float[hidden.length];
        List<Phase> phases = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            if (places.get(i).output() == Output.LOGITS) {
                System.arraycopy(hidden, i * width, wanted, phases.size() * width, width);
                phases.add(places.get(i).row.phase());
            }
        }
        int tokens = phases.size();
        if (tokens == 0) {
            return;
        }
        Linear matrix = linear(places.getFirst());
        if (logits.length != tokens * matrix.rows()) {
            logits = new float[tokens * matrix.rows()];
        }
        input.begin(new PhaseTokens(phases), matrix.weight());
        AdaptedLinear head = AdaptedLinear.of(matrix, tokens, adapted(places.getFirst(), tokens));
        team.lead(() -> {
            head.parts().forEach(part -> part.prepare(wanted));
            team.forEach(input.tiles(), (member, tile) -> input.pack(tile, wanted));
            team.forEachRun(matrix.tiles(), (member, from, to) -> head.apply(from, to, input, logits));
        });
    }

    /** Low-rank parts of the head are all of one row's adapters. */
    private static List<AdaptedTokens> adapted(Place place, int tokens) {
        return isPlain(place)
                ? List.of()
                : List.of(new AdaptedTokens(
                        place.weights(), IntStream.range(0, tokens).boxed().toList()));
    }
}
