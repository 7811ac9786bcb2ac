package io.github.hanllama.core.engine;

import io.github.hanllama.core.progress.Cancellation;
import java.util.Arrays;
import java.util.List;

/**
 * One sequence's part of a {@link Batch}: ids that continue a cache. Immutable but for its cache.
 *
 * <pre>{@code
 * BatchRow.prompt(cache, ids);                       // logits after the last id
 * BatchRow.prompt(cache, chunk).promptLength(4096);  // one chunk of a long prompt
 * BatchRow.generated(cache, id);
 * BatchRow.generated(cache, id).adapters(AdapterUse.of(poet));
 * }</pre>
 */
public final class BatchRow {
    private final KvCache cache;
    private final int[] ids;
    private final Phase phase;
    private final int promptLength;
    private final Output[] outputs;
    private final Cancellation cancellation;
    private final List<AdapterUse> adapters;

    private BatchRow(
            KvCache cache,
            int[] ids,
            Phase phase,
            int promptLength,
            Output[] outputs,
            Cancellation cancellation,
            List<AdapterUse> adapters) {
        this.cache = cache;
        this.ids = ids;
        this.phase = phase;
        this.promptLength = promptLength;
        this.outputs = outputs;
        this.cancellation = cancellation;
        this.adapters = adapters;
    }

    /** Prompt ids that end the prompt; logits are wanted after the last. */
    public static BatchRow prompt(KvCache cache, int... ids) {
        return of(cache, ids, Phase.PROMPT);
    }

    /** Generated ids; logits are wanted after the last. */
    public static BatchRow generated(KvCache cache, int... ids) {
        return of(cache, ids, Phase.GENERATED);
    }

    private static BatchRow of(KvCache cache, int[] ids, Phase phase) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("a batch row needs at least one id");
        }
        Output[] outputs = new Output[ids.length];
        Arrays.fill(outputs, Output.NONE);
        outputs[ids.length - 1] = Output.LOGITS;
        return new BatchRow(
                cache, ids.clone(), phase, cache.length() + ids.length, outputs, new Cancellation(), List.of());
    }

    /**
     * The same row as part of a prompt of that many positions in all, counted from position 0 of the cache. Dynamic
     * rotary scaling depends on it; by default the prompt ends with this row.
     */
    public BatchRow promptLength(int value) {
        return new BatchRow(cache, ids, phase, value, outputs, cancellation, adapters);
    }

    /** The same row with this output at its last position and none before. */
    public BatchRow output(Output value) {
        Output[] changed = new Output[ids.length];
        Arrays.fill(changed, Output.NONE);
        changed[ids.length - 1] = value;
        return new BatchRow(cache, ids, phase, promptLength, changed, cancellation, adapters);
    }

    /** The same row with this output at every position. */
    public BatchRow outputAll(Output value) {
        Output[] changed = new Output[ids.length];
        Arrays.fill(changed, value);
        return new BatchRow(cache, ids, phase, promptLength, changed, cancellation, adapters);
    }

    /** The same row with one output per id. */
    public BatchRow outputs(Output... values) {
        if (values.length != ids.length) {
            throw new IllegalArgumentException("expected " + ids.length + " outputs, found " + values.length);
        }
        return new BatchRow(cache, ids, phase, promptLength, values.clone(), cancellation, adapters);
    }

    /** The same row, given up when the switch is thrown. */
    public BatchRow cancellation(Cancellation value) {
        return new BatchRow(cache, ids, phase, promptLength, outputs, value, adapters);
    }

    /**
     * The same row with these adapters on the model, in any order: low-rank parts of all of them add up with their weights,
     * at most one may {@link AttachedAdapter#replacing() replace} tensors.
     */
    public BatchRow adapters(AdapterUse... values) {
        return adapters(List.of(values));
    }

    /** As {@link #adapters(AdapterUse...)}. */
    public BatchRow adapters(List<AdapterUse> values) {
        return new BatchRow(cache, ids, phase, promptLength, outputs, cancellation, List.copyOf(values));
    }

    public KvCache cache() {
        return cache;
    }

    /** How many ids. */
    public int size() {
        return ids.length;
    }

    public int id(int position) {
        return ids[position];
    }

    public Phase phase() {
        return phase;
    }

    /** Positions of the whole prompt, for {@link Phase#PROMPT}. */
    public int promptLength() {
        return promptLength;
    }

    public Output output(int position) {
        return outputs[position];
    }

    public Cancellation cancellation() {
        return cancellation;
    }

    public List<AdapterUse> adapters() {
        return adapters;
    }
}
