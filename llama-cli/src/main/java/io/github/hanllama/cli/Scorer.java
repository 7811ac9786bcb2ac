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
        read(ids, 0, (position, logits) -> {
            if (position + 1 < ids.length) {
                nll[0] -= logProbability(logits, ids[position + 1]);
            } else {
                last[0] = logits.clone();
            }
        });
        return new Score(ids.length, nll[0], last[0]);
    }

    /** The negative log likelihood of the ids from index {@code from} on, 1 or more, after those before them. */
    double nll(int[] ids, int from) {
        double[] nll = new double[1];
        read(Arrays.copyOf(ids, ids.length - 1), from - 1, (position, logits) -> {
            nll[0] -= logProbability(logits, ids[position + 1]);
        });
        return nll[0];
    }

    private void read(int[] ids, int firstOutput, LogitsSink sink) {
        try (KvCache cache = model.newCache(ids.length)) {
            for (int from = 0; from < ids.length; ) {
                int first = from;
                int limit = from < firstOutput ? firstOutput : ids.length;
                int[] chunk = Arrays.copyOfRange(ids, from, Math.min(limit, from + CHUNK));
                BatchRow row = BatchRow.prompt(cache, chunk)
                        .promptLength(ids.length)
                        .outputAll(from < firstOutput ? Output.NONE : Output.LOGITS);
                model.forward(Batch.of(row), (index, position, output, logits) -> sink.accept(first + position, logits))
                        .requireCompleted();
                from += chunk.length;
            }
        }
    }

    /** Receives what the model expects after a position. */
    @FunctionalInterface
    private interface LogitsSink {
        void accept(int position, float[] logits);
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
