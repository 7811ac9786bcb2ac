package io.github.hanllama.core.sampling;

import java.util.Arrays;

/** Frequency and presence penalty: makes what was written less likely, by how often and by whether it occurred. */
final class CountPenalty {
    private final float frequency;
    private final float presence;
    private final boolean active;
    /** What was written, oldest first, to be able to forget it again. */
    private int[] written = new int[64];

    private int size;
    /** How often each id was written. */
    private int[] counts = new int[0];

    CountPenalty(double frequency, double presence) {
        this.frequency = (float) frequency;
        this.presence = (float) presence;
        active = frequency != 0 || presence != 0;
    }

    void apply(float[] logits) {
        int known = Math.min(counts.length, logits.length);
        for (int id = 0; id < known; id++) {
            if (counts[id] > 0) {
                logits[id] -= counts[id] * frequency + presence;
            }
        }
    }

    void accept(int id) {
        if (!active) {
            return;
        }
        if (size == written.length) {
            written = Arrays.copyOf(written, size * 2);
        }
        if (id >= counts.length) {
            counts = Arrays.copyOf(counts, Math.max(id + 1, counts.length * 2));
        }
        written[size++] = id;
        counts[id]++;
    }

    /** How much was written, as long as it matters. */
    int size() {
        return size;
    }

    void truncate(int newSize) {
        while (size > newSize) {
            counts[written[--size]]--;
        }
    }
}
