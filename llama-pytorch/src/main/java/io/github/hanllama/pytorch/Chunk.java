package io.github.hanllama.pytorch;

import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.RotaryEmbedding;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.core.engine.support.RowWeights;
import java.util.ArrayList;
import java.util.List;

/** Tokens that go through the layers together: consecutive ids of rows with the same adapters, in batch order. */
final class Chunk {
    private final TorchPlan plan;
    private final List<Run> runs = new ArrayList<>();
    private int tokens;

    Chunk(TorchPlan plan) {
        this.plan = plan;
    }

    /** Consecutive ids of one row. */
    record Run(PassRow<TorchStorage, TorchMatrix> row, int firstId, int size) {
        /** Whether the row ends with this run. */
        boolean last() {
            return firstId + size == row.size();
        }
    }

    /** A wanted output: index of the token in the chunk, index of the id in its row. */
    record Place(PassRow<TorchStorage, TorchMatrix> row, int token, int id) {
        Output output() {
            return row.output(id);
        }
    }

    boolean takes(PassRow<TorchStorage, TorchMatrix> row) {
        return runs.isEmpty()
                || runs.getFirst().row.weights() == row.weights()
                        && plan.products(phase()) == plan.products(row.phase());
    }

    /** Of the first row; others may be of another that is computed in the same way. */
    Phase phase() {
        return runs.getFirst().row.phase();
    }

    void add(PassRow<TorchStorage, TorchMatrix> row, int firstId, int size) {
        runs.add(new Run(row, firstId, size));
        tokens += size;
    }

    int tokens() {
        return tokens;
    }

    List<Run> runs() {
        return runs;
    }

    /** Of every row; not of an empty chunk. */
    RowWeights<TorchMatrix> weights() {
        return runs.getFirst().row.weights();
    }

    long[] ids() {
        long[] ids = new long[tokens];
        int at = 0;
        for (Run run : runs) {
            for (int i = 0; i < run.size; i++) {
                ids[at++] = run.row.id(run.firstId + i);
            }
        }
        return ids;
    }

    /** Position of each run's first id. */
    long[] starts() {
        return runs.stream().mapToLong(run -> run.row.position(run.firstId)).toArray();
    }

    long[] sizes() {
        return runs.stream().mapToLong(Run::size).toArray();
    }

    /** Cosines, then sines, those of the first half negated: (2, tokens, 1, headDim). */
    float[] angles(RotaryEmbedding rotary) {
        int half = rotary.width();
        int width = 2 * half;
        float[] angles = new float[2 * tokens * width];
        float[] cosines = new float[half];
        float[] sines = new float[half];
        int at = 0;
        for (Run run : runs) {
            for (int i = run.firstId; i < run.firstId + run.size; i++) {
                int sine = tokens * width + at;
                rotary.fill(run.row.position(i), run.row.sequenceLength(i), cosines, sines, 0);
                System.arraycopy(cosines, 0, angles, at, half);
                System.arraycopy(cosines, 0, angles, at + half, half);
                for (int d = 0; d < half; d++) {
                    angles[sine + d] = -sines[d];
                    angles[sine + half + d] = sines[d];
                }
                at += width;
            }
        }
        return angles;
    }

    List<Place> places() {
        List<Place> places = new ArrayList<>();
        int token = 0;
        for (Run run : runs) {
            for (int i = 0; i < run.size; i++) {
                if (run.row.output(run.firstId + i) != Output.NONE) {
                    places.add(new Place(run.row, token + i, run.firstId + i));
                }
            }
            token += run.size;
        }
        return places;
    }

    /** Whether anybody still waits for a result. */
    boolean active() {
        return runs.stream().anyMatch(run -> run.row.active());
    }

    /** Ends the rows that end here. */
    void complete() {
        for (Run run : runs) {
            if (run.last() && run.row.active()) {
                run.row.complete();
            }
        }
    }
}
