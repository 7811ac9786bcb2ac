package io.github.hanllama.examples;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.sampling.TokenConstraint;
import io.github.hanllama.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A constraint of your own: only ids whose text is lower-case letters or spaces may come next.
 *
 * <p>Arguments: a model folder with a tokenizer, a prompt.
 */
public final class ConstrainedReply {
    private ConstrainedReply() {}

    public static void main(String[] args) {
        run(Path.of(args[0]), args[1], System.out);
    }

    static void run(Path modelFolder, String prompt, PrintStream out) {
        try (Generator generator = Llama.from(modelFolder).load()) {
            Tokenizer tokenizer = generator.tokenizer().orElseThrow();
            GenerationConfig config = GenerationConfig.builder()
                    .maxNewTokens(24)
                    .constraint(() -> new LowerCaseOnly(tokenizer))
                    .build();
            GenerationResult result = generator.generate(prompt, config);
            out.println(result.text());
        }
    }

    /** Has no state of its own, so marks and rollbacks have nothing to do. */
    private record LowerCaseOnly(Tokenizer tokenizer) implements TokenConstraint {
        @Override
        public void mask(float[] logits) {
            for (int id = 0; id < logits.length; id++) {
                if (!allowed(new String(tokenizer.bytes(id), StandardCharsets.UTF_8))) {
                    logits[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }

        private static boolean allowed(String text) {
            return !text.isEmpty() && text.chars().allMatch(c -> c == ' ' || (c >= 'a' && c <= 'z'));
        }

        @Override
        public void accept(int id) {}

        @Override
        public long mark() {
            return 0;
        }

        @Override
        public void rollback(long mark) {}
    }
}
