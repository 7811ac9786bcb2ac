package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Output;
import io.github.hanllama.core.engine.RowOutcome;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.sampling.Sampler;
import io.github.hanllama.core.sampling.Samplers;
import io.github.hanllama.core.sampling.TokenConstraint;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One text being written, step by step on whatever thread asks for more. It takes a place at the turnstile and a cache
 * with its first step and gives both back when the text ends, fails or is closed.
 */
final class Generation {
    private final LanguageModel model;
    private final Turnstile turnstile;
    private final int[] prompt;
    private final int maxNewTokens;
    private final int knownIds;
    private final Set<Integer> eosTokenIds;
    private final Sampler sampler;
    private final Optional<TokenConstraint> constraint;
    private final TextWriter writer;
    private final List<AdapterUse> adapters;
    /** Thrown by the user and by closing; its child, which the model looks at, also by time. */
    private final Cancellation closing;

    private final Cancellation cancellation;

    private final IntStream.Builder written = IntStream.builder();
    private int count;
    private int last;
    private float[] logits = new float[0];
    private long prefillNanos;
    private long decodeNanos;
    private @Nullable KvCache cache;
    private State state = new Running();

    private sealed interface State {}

    private record Running() implements State {}

    private record Failed(Throwable cause) implements State {}

    private record Finished(GenerationResult result) implements State {}

    /**
     * @param maxNewTokens what is asked for and fits the context
     * @param knownIds ids from here on have no meaning and are never chosen
     */
    Generation(
            LanguageModel model,
            Turnstile turnstile,
            int[] prompt,
            int maxNewTokens,
            int knownIds,
            Set<Integer> eosTokenIds,
            TextWriter writer,
            GenerationConfig config) {
        this.model = model;
        this.turnstile = turnstile;
        this.prompt = prompt;
        this.maxNewTokens = maxNewTokens;
        this.knownIds = knownIds;
        this.eosTokenIds = eosTokenIds;
        this.writer = writer;
        adapters = config.adapters();
        sampler = config.sampler()
                .orElse(() -> Samplers.create(config.sampling()))
                .get();
        constraint = config.constraint().map(factory -> factory.get());
        closing = config.cancellation().orElseGet(Cancellation::new).child(Optional.empty());
        cancellation = closing.child(config.deadline());
    }

    /** The next piece of text, never empty; no value at the end. */
    synchronized Optional<String> next() {
        while (state instanceof Running) {
            String text = stepOrFail();
            if (!text.isEmpty()) {
                return Optional.of(text);
            }
        }
        return Optional.empty();
    }

    /** Ends the text where it is, after the step in flight; from any thread. */
    void close() {
        closing.cancel();
        synchronized (this) {
            if (state instanceof Running) {
                finish(FinishReason.CANCELLED);
            }
        }
    }

    synchronized GenerationResult result() {
        return switch (state) {
            case Running running -> throw new IllegalStateException("the text has not ended: read or close it first");
            case Failed failed -> throw new IllegalStateException("the text was not finished", failed.cause());
            case Finished finished -> finished.result();
        };
    }

    private String stepOrFail() {
        try {
            return step();
        } catch (RuntimeException | Error e) {
            state = new Failed(e);
            release();
            throw e;
        }
    }

    private String step() {
        if (count == maxNewTokens) {
            return finish(FinishReason.LENGTH);
        }
        // 1) logits after the prompt or the last id
        if (!(count == 0 ? prefill() : decode())) {
            return finish(givenUp());
        }
        // 2) the next id
        long start = System.nanoTime();
        Arrays.fill(logits, Math.min(knownIds, logits.length), logits.length, Float.NEGATIVE_INFINITY);
        constraint.ifPresent(restriction -> restriction.mask(logits));
        int id = sampler.apply(logits);
        if (eosTokenIds.contains(id)) {
            return finish(FinishReason.EOS);
        }
        // 3) its text
        take(id);
        String text = writer.accept(id);
        decodeNanos += System.nanoTime() - start;
        return writer.stopped() ? text + finish(FinishReason.STOP) : text;
    }

    private boolean prefill() {
        if (!turnstile.enter(this, cancellation)) {
            return false;
        }
        long start = System.nanoTime();
        KvCache opened = model.newCache(prompt.length + maxNewTokens - 1); // the last id is never run
        cache = opened;
        boolean completed = run(BatchRow.prompt(opened, prompt));
        sampler.acceptPrompt(prompt);
        prefillNanos = System.nanoTime() - start;
        return completed;
    }

    private boolean decode() {
        long start = System.nanoTime();
        boolean completed = cache != null && run(BatchRow.generated(cache, last));
        decodeNanos += System.nanoTime() - start;
        return completed;
    }

    private boolean run(BatchRow row) {
        RowOutcome outcome = model.forward(Batch.of(row.adapters(adapters).cancellation(cancellation)), this::keep)
                .outcomes()
                .getFirst();
        if (outcome instanceof RowOutcome.Cancelled) {
            return false;
        }
        outcome.requireCompleted();
        return !cancellation.isCancelled();
    }

    private void keep(int row, int position, Output output, float[] values) {
        if (logits.length != values.length) {
            logits = new float[values.length];
        }
        System.arraycopy(values, 0, logits, 0, values.length);
    }

    private void take(int id) {
        sampler.accept(id);
        constraint.ifPresent(restriction -> restriction.accept(id));
        written.add(id);
        last = id;
        count++;
    }

    private FinishReason givenUp() {
        return cancellation.isCancelled() && !closing.isCancelled() ? FinishReason.DEADLINE : FinishReason.CANCELLED;
    }

    private String finish(FinishReason reason) {
        release();
        String rest = writer.finish();
        Usage usage = new Usage(prompt.length, count, Duration.ofNanos(prefillNanos), Duration.ofNanos(decodeNanos));
        int[] ids = written.build().toArray();
        state = new Finished(new GenerationResult(prompt, ids, writer.text(), reason, usage));
        return rest;
    }

    private void release() {
        if (cache != null) {
            cache.close();
            cache = null;
        }
        turnstile.leave(this);
    }
}
