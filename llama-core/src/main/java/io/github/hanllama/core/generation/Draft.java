package io.github.hanllama.core.generation;

import io.github.hanllama.core.sampling.Sampler;
import io.github.hanllama.core.sampling.Samplers;
import io.github.hanllama.core.sampling.SamplingOptions;
import io.github.hanllama.core.sampling.TokenConstraint;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One text being written: turns logits into ids and ids into text until a rule ends it. Knows nothing of the model. */
final class Draft {
    private final DraftRules rules;
    private final TextWriter writer;
    private final Sampler sampler;
    private final Optional<TokenConstraint> constraint;
    private final Optional<LogprobLog> logprobs;

    private int[] written = new int[16];
    private int count;
    private float[] logits = new float[0];
    private @Nullable FinishReason finishReason;

    /** @param sample which of the texts of one prompt, counted from 0; each has its own random numbers */
    Draft(DraftRules rules, TextWriter writer, GenerationConfig config, int sample) {
        this.rules = rules;
        this.writer = writer;
        sampler = config.sampler()
                .orElse(() -> Samplers.create(seeded(config.sampling(), sample)))
                .get();
        constraint = config.constraint().map(Supplier::get);
        logprobs = config.logprobs().isPresent()
                ? Optional.of(new LogprobLog(config.logprobs().getAsInt()))
                : Optional.empty();
    }

    private static SamplingOptions seeded(SamplingOptions options, int sample) {
        return options.seed().isEmpty() || sample == 0
                ? options
                : options.toBuilder().seed(options.seed().getAsLong() + sample).build();
    }

    void acceptPrompt(int[] prompt) {
        sampler.acceptPrompt(prompt);
    }

    /** Keeps a copy of the logits for the next id. */
    void keep(float[] values) {
        if (logits.length != values.length) {
            logits = new float[values.length];
        }
        System.arraycopy(values, 0, logits, 0, values.length);
    }

    /** Starts from the logits of another text after the same prompt. */
    void keepAs(Draft other) {
        keep(other.logits);
    }

    /** Chooses the next id from the logits; the text that became certain, often empty. */
    String advance() {
        logprobs.ifPresent(log -> log.observe(logits));
        Arrays.fill(logits, Math.min(rules.knownIds(), logits.length), logits.length, Float.NEGATIVE_INFINITY);
        constraint.ifPresent(restriction -> restriction.mask(logits));
        int id = sampler.apply(logits);
        if (rules.eosTokenIds().contains(id)) {
            return end(FinishReason.EOS);
        }
        take(id);
        String text = writer.accept(id);
        if (writer.stopped()) {
            return text + end(FinishReason.STOP);
        }
        return isFull() ? text + end(FinishReason.LENGTH) : text;
    }

    private void take(int id) {
        sampler.accept(id);
        constraint.ifPresent(restriction -> restriction.accept(id));
        logprobs.ifPresent(log -> log.accept(id));
        if (count == written.length) {
            written = Arrays.copyOf(written, count * 2);
        }
        written[count++] = id;
    }

    /** Ends the text where it is; what was held back of it. */
    String end(FinishReason reason) {
        finishReason = reason;
        return writer.finish();
    }

    boolean ended() {
        return finishReason != null;
    }

    /** Whether it has as many ids as it may. */
    boolean isFull() {
        return room() == 0;
    }

    /** How many ids it may still take. */
    int room() {
        return rules.maxNewTokens() - count;
    }

    /** The id chosen last. */
    int last() {
        return written[count - 1];
    }

    int[] ids() {
        return Arrays.copyOf(written, count);
    }

    List<TokenLogprobs> logprobs() {
        return logprobs.map(LogprobLog::entries).orElse(List.of());
    }

    /** What came of it, once it has ended. */
    GenerationResult result(int[] prompt, Usage usage) {
        if (finishReason == null) {
            throw new IllegalStateException("the text has not ended");
        }
        return new GenerationResult(prompt, ids(), writer.text(), finishReason, usage, logprobs());
    }
}
