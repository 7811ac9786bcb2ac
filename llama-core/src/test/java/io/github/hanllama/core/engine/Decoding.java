package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Small ways to run a model in tests. */
final class Decoding {
    private Decoding() {}

    /** A new session long enough for any fixture. */
    static Session session(LanguageModel model) {
        return model.newSession(256);
    }

    static float[] lastLogits(LanguageModel model, int... ids) {
        try (Session session = session(model)) {
            return session.prefill(ids);
        }
    }

    /** The outputs of one prompt row, one array per position. */
    static List<float[]> outputs(LanguageModel model, Output output, int... ids) {
        try (Session session = session(model)) {
            return outputs(model, BatchRow.prompt(session.cache(), ids).outputAll(output));
        }
    }

    /** Everything one row delivers, in order. */
    static List<float[]> outputs(LanguageModel model, BatchRow row) {
        List<float[]> outputs = new ArrayList<>();
        model.forward(Batch.of(row), (index, position, output, values) -> outputs.add(values.clone()))
                .requireCompleted();
        return outputs;
    }

    /** Logits after a prompt that runs in chunks of at most that many ids. */
    static float[] prefillInChunks(LanguageModel model, KvCache cache, int chunk, int... ids) {
        float[] logits = {};
        int end = cache.length() + ids.length;
        for (int from = 0; from < ids.length; from += chunk) {
            int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + chunk));
            logits = outputs(model, BatchRow.prompt(cache, part).promptLength(end))
                    .getFirst();
        }
        return logits;
    }

    static List<Integer> greedy(LanguageModel model, int count, int... prompt) {
        try (Session session = session(model)) {
            List<Integer> ids = new ArrayList<>();
            float[] logits = session.prefill(prompt);
            while (true) {
                ids.add(argmax(logits));
                if (ids.size() == count) {
                    return ids;
                }
                logits = session.decode(ids.getLast());
            }
        }
    }

    /** Negative log-likelihood of ids 1 and on, summed in nats. */
    static double nll(LanguageModel model, int... ids) {
        List<float[]> logits = outputs(model, Output.LOGITS, ids);
        double sum = 0;
        for (int i = 1; i < ids.length; i++) {
            sum += logSumExp(logits.get(i - 1)) - logits.get(i - 1)[ids[i]];
        }
        return sum;
    }

    static void assertSameBits(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertSameBits(actual.get(i), expected.get(i));
        }
    }

    static void assertSameBits(float[] actual, float[] expected) {
        assertThat(actual).isNotEmpty();
        assertThat(Arrays.mismatch(actual, expected)).as("first that differs").isEqualTo(-1);
    }

    static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    private static double logSumExp(float[] logits) {
        double max = logits[argmax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }
}
