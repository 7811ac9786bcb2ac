package io.github.hanllama.cli;

import io.github.hanllama.core.generation.GenerationResult;
import io.github.hanllama.core.generation.Usage;
import java.util.Locale;

/** Tokens per second, for people. */
final class Speed {
    private Speed() {}

    static String describe(GenerationResult result) {
        Usage usage = result.usage();
        return "prompt %d tokens (%s), text %d tokens (%s), ended by %s"
                .formatted(
                        usage.promptTokens(),
                        perSecond(usage.promptTokensPerSecond()),
                        usage.generatedTokens(),
                        perSecond(usage.tokensPerSecond()),
                        result.finishReason().name().toLowerCase(Locale.ROOT));
    }

    private static String perSecond(double speed) {
        return String.format(Locale.ROOT, "%.0f tokens/s", speed);
    }
}
