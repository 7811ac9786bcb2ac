package io.github.hanllama.core.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes down how likely each id of a text was, for those who ask for it. */
final class LogprobLog {
    private final int alternatives;
    private final List<TokenLogprobs> entries = new ArrayList<>();
    private float[] logits = new float[0];

    /** @param alternatives how many of the likeliest ids to keep for each */
    LogprobLog(int alternatives) {
        this.alternatives = alternatives;
    }

    /** Keeps the model's logits for the next id; whoever chooses may overwrite them afterwards. */
    void observe(float[] values) {
        logits = Arrays.copyOf(values, values.length);
    }

    /** The id that was chosen by the logits observed last. */
    void accept(int id) {
        double logTotal = logSumExp();
        List<TokenLogprobs.Alternative> best = new ArrayList<>();
        for (int other : largest()) {
            best.add(new TokenLogprobs.Alternative(other, logits[other] - logTotal));
        }
        entries.add(new TokenLogprobs(id, logits[id] - logTotal, best));
    }

    /** Those of every id so far. */
    List<TokenLogprobs> entries() {
        return List.copyOf(entries);
    }

    private double logSumExp() {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        return largest + Math.log(sum);
    }

    /** The ids of the largest logits in descending order, of equal ones the lowest first. */
    private int[] largest() {
        int[] ids = new int[Math.min(alternatives, logits.length)];
        int size = 0;
        for (int id = 0; id < logits.length; id++) {
            if (size == ids.length && (size == 0 || logits[id] <= logits[ids[size - 1]])) {
                continue;
            }
            int place = size < ids.length ? size++ : size - 1;
            for (; place > 0 && logits[id] > logits[ids[place - 1]]; place--) {
                ids[place] = ids[place - 1];
            }
            ids[place] = id;
        }
        return ids;
    }
}
