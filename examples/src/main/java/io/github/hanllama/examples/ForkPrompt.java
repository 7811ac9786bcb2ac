package io.github.hanllama.examples;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.OutputSink;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * A long prompt is run once; every question continues a fork of its cache, and all of them run in one batch.
 *
 * <p>Arguments: a model folder. Works on ids, one level below {@code Generator}.
 */
public final class ForkPrompt {
    private static final int[] PROMPT = {1, 40, 41, 42, 43, 44};
    private static final int[][] QUESTIONS = {{50, 51}, {60}};

    private ForkPrompt() {}

    public static void main(String[] args) {
        run(Path.of(args[0]), System.out);
    }

    static void run(Path modelFolder, PrintStream out) {
        try (LanguageModel model = Llama.from(modelFolder).loadModel();
                KvCache prompt = model.newCache(64)) {
            model.forward(Batch.of(BatchRow.prompt(prompt, PROMPT)), OutputSink.NONE)
                    .requireCompleted();
            try (KvCache first = prompt.fork();
                    KvCache second = prompt.fork()) {
                Batch batch = Batch.of(BatchRow.prompt(first, QUESTIONS[0]), BatchRow.prompt(second, QUESTIONS[1]));
                model.forward(
                                batch,
                                (row, position, output, logits) ->
                                        out.printf("question %d continues with id %d%n", row, best(logits)))
                        .requireCompleted();
            }
        }
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }
}
