package io.github.hanllama.cli;

import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Output;
import java.util.Arrays;

/** Scores sequences. Logits are looked at position by position, never kept for more than the last. */
final class Scorer {
    private static final int CHUNK = 256;

    private final LanguageModel model;

    Scorer(LanguageModel model) {
        this.model = model;
    }

    Score score(int[] ids) {
        if (ids.length == 0) {
            throw new InputException("expected at least one id, found none");
        }
        double[] nll = new double[1];
        float[][] last = new float[1][];
        try (KvCache cache = model.newCache(ids.length)) {
            for (int from = 0; from < ids.length; from += CHUNK) {
                int first = from;
                int[] chunk = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + CHUNK));
                BatchRow row =
                        BatchRow.prompt(cache, chunk).promptLength(ids.length).outputAll(Output.LOGITS);
                model.forward(Batch.of(row), (index, position, output, logits) -> {
                            int next = first + position + 1;
                            if (next < ids.length) {
                                nll[0] -= logProbability(logits, ids[next]);
                            } else {
                                last[0] = logits.clone();
                            }
                        })
                        .requireCompleted();
            }
        }
        return new Score(ids.length, nll[0], last[0]);
    }

    /** In f64, from f32 logits. */
    static double logProbability(float[] logits, int id) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return logits[id] - max - Math.log(sum);
    }
}
