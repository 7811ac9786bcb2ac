package io.github.hanllama.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Output;

/** One pass over some ids, looked at two ways. */
final class Scores {
    private static final double TOLERANCE = 1e-3;

    private Scores() {}

    /** The positions that {@code golden.json} keeps of these ids. */
    static void compareLogits(LanguageModel model, JsonNode expected) {
        float[][] logits = logits(model, Golden.ints(expected.get("ids")));
        for (JsonNode position : expected.get("positions")) {
            float[] row = logits[position.get("position").intValue()];
            for (int i = 0; i < position.get("every").size(); i++) {
                compare(row[i * Golden.STRIDE], position.get("every").get(i));
            }
            position.get("top").forEach(top -> compare(row[top.get(0).intValue()], top.get(1)));
        }
    }

    private static void compare(float found, JsonNode expected) {
        assertThat((double) found).isCloseTo(expected.doubleValue(), within(TOLERANCE));
    }

    /** In nats, summed over all ids but the first. */
    static double nll(LanguageModel model, int[] ids) {
        float[][] logits = logits(model, ids);
        double sum = 0;
        for (int i = 1; i < ids.length; i++) {
            sum += logSum(logits[i - 1]) - logits[i - 1][ids[i]];
        }
        return sum;
    }

    private static float[][] logits(LanguageModel model, int[] ids) {
        float[][] logits = new float[ids.length][];
        try (KvCache cache = model.newCache(ids.length)) {
            Batch batch = Batch.of(BatchRow.prompt(cache, ids).outputAll(Output.LOGITS));
            model.forward(batch, (row, position, output, values) -> logits[position] = values.clone())
                    .requireCompleted();
        }
        return logits;
    }

    private static double logSum(float[] values) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        double sum = 0;
        for (float value : values) {
            sum += Math.exp(value - largest);
        }
        return largest + Math.log(sum);
    }
}
