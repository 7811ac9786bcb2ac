package io.github.hanllama.core.engine;

import java.util.List;

/**
 * How near a model is to another over some texts, given to both.
 *
 * @param sameFirst share of positions with the same first choice
 * @param divergence mean of Kullback and Leibler's, in nats
 * @param positions how many
 */
record Agreement(double sameFirst, double divergence, int positions) {
    /**
     * @param exact logits of the other, text by text
     * @param phase in which the model computes
     */
    static Agreement of(List<List<float[]>> exact, LanguageModel rounded, List<int[]> texts, Phase phase) {
        int positions = 0;
        int same = 0;
        double divergence = 0;
        for (int text = 0; text < texts.size(); text++) {
            int[] ids = texts.get(text);
            List<float[]> expected = exact.get(text);
            List<float[]> actual = logits(rounded, ids, phase);
            for (int i = 0; i < ids.length; i++) {
                same += Decoding.argmax(actual.get(i)) == Decoding.argmax(expected.get(i)) ? 1 : 0;
                divergence += divergence(expected.get(i), actual.get(i));
                positions++;
            }
        }
        return new Agreement((double) same / positions, divergence / positions, positions);
    }

    private static List<float[]> logits(LanguageModel model, int[] ids, Phase phase) {
        try (KvCache cache = model.newCache(ids.length)) {
            BatchRow row = phase == Phase.PROMPT ? BatchRow.prompt(cache, ids) : BatchRow.generated(cache, ids);
            return Decoding.outputs(model, row.outputAll(Output.LOGITS));
        }
    }

    private static double divergence(float[] expected, float[] actual) {
        double[] p = logProbabilities(expected);
        double[] q = logProbabilities(actual);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.exp(p[i]) * (p[i] - q[i]);
        }
        return sum;
    }

    private static double[] logProbabilities(float[] logits) {
        double max = logits[Decoding.argmax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double[] logs = new double[logits.length];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = logits[i] - max - Math.log(sum);
        }
        return logs;
    }
}
