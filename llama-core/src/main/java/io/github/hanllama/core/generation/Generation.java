package io.github.hanllama.core.generation;

import io.github.hanllama.core.engine.AdapterUse;
import io.github.hanllama.core.engine.Batch;
import io.github.hanllama.core.engine.BatchRow;
import io.github.hanllama.core.engine.KvCache;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.RowOutcome;
import io.github.hanllama.core.progress.Cancellation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Texts being written after one prompt, step by step on whatever thread asks for more. The prompt is read once, each step
 * runs the texts that go on as one batch. It takes its places at the turnstile and its caches with its first step and gives
 * them back as texts end, or fail, or are closed.
 */
final class Generation {
    private final LanguageModel model;
    private final Turnstile turnstile;
    private final CacheStore store;
    private final int[] prompt;
    private final List<Draft> drafts;
    private final List<AdapterUse> adapters;
    /** Thrown by the user and by closing; its child, which the model looks at, also by time. */
    private final Cancellation closing;

    private final Cancellation cancellation;

    private final Queue<Piece> unread = new ArrayDeque<>();
    /** The texts that go on. */
    private final SequencedMap<Draft, KvCache> caches = new LinkedHashMap<>();
    /** Those that have ended, by their number. */
    private final SortedMap<Integer, GenerationResult> results = new TreeMap<>();

    private @Nullable Throwable failure;
    private int cachedTokens;
    private long arrival;
    private long firstTokenNanos;
    private long prefillNanos;
    private long decodeNanos;

    Generation(
            LanguageModel model,
            Turnstile turnstile,
            CacheStore store,
            int[] prompt,
            List<Draft> drafts,
            GenerationConfig config) {
        this.model = model;
        this.turnstile = turnstile;
        this.store = store;
        this.prompt = prompt;
        this.drafts = drafts;
        adapters = config.adapters();
        closing = config.cancellation().orElseGet(Cancellation::new).child(Optional.empty());
        cancellation = closing.child(config.deadline());
    }

    /** How many texts are written. */
    int texts() {
        return drafts.size();
    }

    /** The next piece of a text; no value when all have ended. */
    synchronized Optional<Piece> next() {
        while (unread.isEmpty() && isRunning()) {
            stepOrFail();
        }
        return Optional.ofNullable(unread.poll());
    }

    /** Ends the texts where they are, after the step in flight; from any thread. */
    void close() {
        closing.cancel();
        synchronized (this) {
            if (isRunning()) {
                endAll(FinishReason.CANCELLED);
            }
            unread.clear();
        }
    }

    synchronized boolean isRunning() {
        return failure == null && results.size() < drafts.size();
    }

    synchronized List<GenerationResult> results() {
        if (failure != null) {
            throw new IllegalStateException("the text was not finished", failure);
        }
        if (isRunning()) {
            throw new IllegalStateException("the text has not ended: read or close it first");
        }
        return List.copyOf(results.values());
    }

    /** The first text, unless it failed or was cancelled. */
    synchronized Optional<GenerationResult> written() {
        return Optional.ofNullable(results.get(0)).filter(result -> result.finishReason() != FinishReason.CANCELLED);
    }

    synchronized List<TokenLogprobs> logprobs(int sample) {
        return drafts.get(sample).logprobs();
    }

    private void stepOrFail() {
        try {
            step();
        } catch (RuntimeException | Error e) {
            failure = e;
            turnstile.leave(this);
            caches.values().forEach(KvCache::close); // who knows what they hold
            caches.clear();
            throw e;
        }
    }

    private void step() {
        if (drafts.getFirst().isFull()) { // the prompt leaves no room
            endAll(FinishReason.LENGTH);
            return;
        }
        // 1) logits after the prompt or the last ids
        if (!(caches.isEmpty() ? prefill() : decode())) {
            endAll(givenUp());
            return;
        }
        // 2) the next ids and their text
        long start = System.nanoTime();
        caches.keySet().forEach(draft -> publish(draft, draft.advance()));
        long end = System.nanoTime();
        decodeNanos += end - start;
        firstTokenNanos = firstTokenNanos == 0 ? end - arrival : firstTokenNanos;
        // 3) done with those that have ended
        List.copyOf(caches.keySet()).stream().filter(Draft::ended).forEach(this::settle);
    }

    private boolean prefill() {
        arrival = System.nanoTime();
        if (!turnstile.enter(this, cancellation)) {
            return false;
        }
        long start = System.nanoTime();
        int capacity = prompt.length + drafts.getFirst().room() - 1; // the last id is never run
        KvCache first = store.take(prompt, capacity);
        caches.put(drafts.getFirst(), first);
        cachedTokens = first.length();
        int[] unknown = Arrays.copyOfRange(prompt, cachedTokens, prompt.length);
        boolean completed = run(draft -> BatchRow.prompt(first, unknown));
        if (completed) {
            branch(first);
        }
        drafts.forEach(draft -> draft.acceptPrompt(prompt));
        prefillNanos = System.nanoTime() - start;
        return completed;
    }

    /** Lets the other texts go on from the first one's prompt. */
    private void branch(KvCache first) {
        for (Draft draft : drafts.subList(1, drafts.size())) {
            caches.put(draft, first.fork());
            draft.keepAs(drafts.getFirst());
        }
    }

    private boolean decode() {
        long start = System.nanoTime();
        boolean completed = run(draft -> BatchRow.generated(cache(draft), draft.last()));
        decodeNanos += System.nanoTime() - start;
        return completed;
    }

    /** One pass over the texts that go on; false when it was given up. */
    private boolean run(Function<Draft, BatchRow> row) {
        List<Draft> running = List.copyOf(caches.keySet());
        Batch batch = new Batch(running.stream()
                .map(draft -> row.apply(draft).adapters(adapters).cancellation(cancellation))
                .toList());
        boolean completed = true;
        for (RowOutcome outcome : model.forward(batch, (index, position, output, values) -> running.get(index)
                        .keep(values))
                .outcomes()) {
            if (outcome instanceof RowOutcome.Cancelled) {
                completed = false;
            } else {
                outcome.requireCompleted();
            }
        }
        return completed && !cancellation.isCancelled();
    }

    private KvCache cache(Draft draft) {
        return Objects.requireNonNull(caches.get(draft));
    }

    private void publish(Draft draft, String text) {
        if (!text.isEmpty()) {
            unread.add(new Piece(drafts.indexOf(draft), text));
        }
    }

    private FinishReason givenUp() {
        return cancellation.isCancelled() && !closing.isCancelled() ? FinishReason.DEADLINE : FinishReason.CANCELLED;
    }

    private void endAll(FinishReason reason) {
        for (Draft draft : drafts) {
            if (!draft.ended()) {
                publish(draft, draft.end(reason));
                settle(draft);
            }
        }
    }

    /** Gives back what an ended text held and keeps its result. */
    private void settle(Draft draft) {
        KvCache cache = caches.remove(draft);
        if (cache != null) {
            store.giveBack(cache, ids(draft));
        }
        results.put(drafts.indexOf(draft), draft.result(prompt, usage(draft)));
        if (!isRunning()) {
            turnstile.leave(this);
        }
    }

    private int[] ids(Draft draft) {
        int[] written = draft.ids();
        int[] ids = Arrays.copyOf(prompt, prompt.length + written.length);
        System.arraycopy(written, 0, ids, prompt.length, written.length);
        return ids;
    }

    private Usage usage(Draft draft) {
        return new Usage(
                prompt.length,
                cachedTokens,
                draft.ids().length,
                Duration.ofNanos(firstTokenNanos),
                Duration.ofNanos(prefillNanos),
                Duration.ofNanos(decodeNanos));
    }
}
