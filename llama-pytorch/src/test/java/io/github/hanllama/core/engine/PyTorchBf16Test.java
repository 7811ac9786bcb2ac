package io.github.hanllama.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.pytorch.PlannedEngine;
import io.github.hanllama.testdata.TestData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a trained model loses when it is computed in bf16. */
class PyTorchBf16Test {
    private static final String STORIES = "models/stories260k-hf";
    private static final EngineOptions OPTIONS = EngineOptions.defaults().threads(1);

    private final Checkpoint checkpoint = Checkpoints.open(
            ModelSources.path(TestData.path(STORIES)).resolve(ProgressListener.NONE, new Cancellation()));

    @Test
    void trainedModel_hardlyLosesAnything() {
        int positions = 0;
        int same = 0;
        double divergence = 0;
        try (LanguageModel exact = Engines.named("pytorch").load(checkpoint, OPTIONS.exactActivations(true));
                LanguageModel rounded = PlannedEngine.bf16().load(checkpoint, OPTIONS)) {
            assertThat(rounded.describe()).isEqualTo("pytorch: BF16 weights on cpu, 1 thread");
            for (int[] ids : texts()) {
                List<float[]> expected = Decoding.outputs(exact, Output.LOGITS, ids);
                List<float[]> actual = Decoding.outputs(rounded, Output.LOGITS, ids);
                for (int i = 0; i < ids.length; i++) {
                    same += Decoding.argmax(actual.get(i)) == Decoding.argmax(expected.get(i)) ? 1 : 0;
                    divergence += divergence(expected.get(i), actual.get(i));
                    positions++;
                }
            }
        }
        assertThat((double) same / positions).isGreaterThanOrEqualTo(0.985); // 0.991 where bf16 is imitated
        assertThat(divergence / positions).isLessThanOrEqualTo(1e-3);
    }

    /** What the model writes and what others wrote. */
    private static List<int[]> texts() {
        JsonNode golden = ReferenceCase.json(STORIES + ".golden.json");
        List<int[]> texts = new ArrayList<>();
        for (JsonNode text : golden.get("nll")) {
            texts.add(array(ReferenceCase.ints(text.get("ids"))));
        }
        for (JsonNode story : golden.get("generation")) {
            List<Integer> ids = new ArrayList<>(ReferenceCase.ints(story.get("prompt_ids")));
            ids.addAll(ReferenceCase.ints(story.get("greedy_new_ids")));
            texts.add(array(ids));
        }
        return texts;
    }

    private static int[] array(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void cache_inBf16_isExchangedAsItIs() {
        try (LanguageModel model = PlannedEngine.bf16().load(checkpoint, OPTIONS);
                LanguageModel exact = Engines.named("pytorch").load(checkpoint, OPTIONS.exactActivations(true))) {
            assertThat(model.cacheBytes(64)).isEqualTo(exact.cacheBytes(64) / 2);
        }
    }

    /** Of Kullback and Leibler, in nats. */
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
