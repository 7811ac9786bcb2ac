package io.github.hanllama.cli;

import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Usage;
import java.time.Duration;
import java.util.Locale;

/** Tokens per second, for people. */
final class Speed {
    private Speed() {}

    static String describe(GenerationResult result) {
        Usage usage = result.usage();
        return "prompt %d tokens (%s), text %d tokens (%s), ended by %s"
                .formatted(
                        usage.promptTokens(),
                        perSecond(usage.promptTokens(), usage.prefill()),
                        usage.generatedTokens(),
                        perSecond(usage.generatedTokens(), usage.decode()),
                        result.finishReason().name().toLowerCase(Locale.ROOT));
    }

    private static String perSecond(int tokens, Duration time) {
        return String.format(Locale.ROOT, "%.0f tokens/s", tokens / Math.max(1e-9, time.toNanos() / 1e9));
    }
}
