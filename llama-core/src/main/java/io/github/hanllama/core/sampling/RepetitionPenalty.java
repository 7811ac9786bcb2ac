package io.github.hanllama.core.sampling;

import java.util.Arrays;
import java.util.BitSet;

/** Makes every id that occurred less likely, each once however often it occurred. */
final class RepetitionPenalty {
    private final float penalty;
    private final BitSet seen = new BitSet();
    private int[] distinct = new int[64];
    private int size;

    RepetitionPenalty(double penalty) {
        this.penalty = (float) penalty;
    }

    void apply(float[] logits) {
        if (penalty == 1) {
            return;
        }
        for (int i = 0; i < size; i++) {
            int id = distinct[i];
            if (id < logits.length) { // an adapter's ids may be beyond a narrower row
                logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
            }
        }
    }

    void accept(int id) {
        if (seen.get(id)) {
            return;
        }
        if (size == distinct.length) {
            distinct = Arrays.copyOf(distinct, size * 2);
        }
        seen.set(id);
        distinct[size++] = id;
    }

    /** How many distinct ids occurred: the whole state, as they are only ever added. */
    int size() {
        return size;
    }

    void truncate(int newSize) {
        while (size > newSize) {
            seen.clear(distinct[--size]);
        }
    }
}
