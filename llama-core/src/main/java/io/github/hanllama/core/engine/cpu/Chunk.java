package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Tokens that go through the layers together: runs of consecutive ids of one row each, in batch order.
 *
 * <p>Which tokens share a chunk never changes a result, so prompts, chunks of prompts and generated tokens of many
 * sequences mix freely.
 */
final class Chunk {
    private final List<Run> runs = new ArrayList<>();
    private int tokens;

    /** Consecutive ids of one row. */
    record Run(PassRow<JavaStorage, PackedMatrix> row, int firstId, int firstToken, int size) {
        /** Whether the row ends with this run. */
        boolean last() {
            return firstId + size == row.size();
        }
    }

    void add(PassRow<JavaStorage, PackedMatrix> row, int firstId, int size) {
        runs.add(new Run(row, firstId, tokens, size));
        tokens += size;
    }

    int tokens() {
        return tokens;
    }

    List<Run> runs() {
        return runs;
    }

    /** What each token is. */
    List<Phase> phases() {
        List<Phase> phases = new ArrayList<>(tokens);
        for (Run run : runs) {
            phases.addAll(Collections.nCopies(run.size, run.row.phase()));
        }
        return phases;
    }

    /** The run of a token. */
    Run run(int token) {
        int low = 0;
        int high = runs.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (runs.get(middle).firstToken <= token) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return runs.get(low);
    }

    /** Whether anybody still waits for a result. */
    boolean active() {
        for (Run run : runs) {
            if (run.row.active()) {
                return true;
            }
        }
        return false;
    }
}
