package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * What is added to the weights of a base: by several adapters, mixed, or by training that made another model of it. It can be
 * merged, looked at, and written as one adapter.
 *
 * <pre>{@code
 * List<WeightedAdapter> adapters = List.of(new WeightedAdapter(poet, 0.7), new WeightedAdapter(teacher, 0.3));
 * try (WeightChanges changes = WeightChanges.of(base, adapters, MixMethod.LINEAR)) {
 *     changes.writeAdapter(Path.of("both"), OptionalInt.empty(), WriteOptions.DEFAULT); // exact, of the sum of the ranks
 *     changes.report(8).forEach(System.out::println);
 * }
 * try (WeightChanges changes = WeightChanges.between(base, tuned)) {
 *     changes.writeAdapter(Path.of("extracted"), OptionalInt.of(16), WriteOptions.DEFAULT); // the nearest of rank 16
 * }
 * }</pre>
 *
 * <p>Everything is computed on what is really added to the weights, never on the factors, so that rsLoRA, DoRA, adapted and
 * replaced embeddings and biases count for what they do. Base and tuned model stay the caller's and open while this is used.
 */
public final class WeightChanges implements AutoCloseable {
    private final Checkpoint base;
    private final SequencedMap<String, Change> changes;
    private final Surroundings surroundings;
    private final List<LoraWeights> adapters;

    private WeightChanges(
            Checkpoint base,
            SequencedMap<String, Change> changes,
            Surroundings surroundings,
            List<LoraWeights> adapters) {
        this.base = base;
        this.changes = changes;
        this.surroundings = surroundings;
        this.adapters = adapters;
    }

    /**
     * The changes of adapters, each made for this base. Those of one name must have one vocabulary; the tokenizer of the last
     * one that brings any is the model's.
     *
     * @throws AdapterMismatchException when one does not fit the base, or two do not fit together
     * @throws io.github.hanllama.core.error.LlamaException when one cannot be read
     */
    public static WeightChanges of(Checkpoint base, List<WeightedAdapter> adapters, MixMethod method) {
        if (adapters.isEmpty()) {
            throw new IllegalArgumentException("expected an adapter");
        }
        List<LoraWeights> opened = new ArrayList<>();
        try {
            for (WeightedAdapter adapter : adapters) {
                opened.add(open(adapter.adapter()));
                BaseFit.check(base, opened.getLast());
            }
            SequencedMap<String, Change> changes = mixed(base, adapters, opened, method);
            return new WeightChanges(base, changes, Surroundings.of(base, opened), opened);
        } catch (RuntimeException e) {
            opened.forEach(LoraWeights::close);
            throw e;
        }
    }

    private static LoraWeights open(LoraAdapter adapter) {
        ModelFiles files = adapter.source().resolve(ProgressListener.NONE, new Cancellation());
        try {
            return (LoraWeights) adapter.open(files);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static SequencedMap<String, Change> mixed(
            Checkpoint base, List<WeightedAdapter> weights, List<LoraWeights> opened, MixMethod method) {
        SequencedMap<String, Change> changes = new LinkedHashMap<>();
        String origin = Surroundings.origin(base, opened);
        for (TensorInfo info : base.tensors()) {
            List<MixedRows.Part> parts = new ArrayList<>();
            for (int i = 0; i < opened.size(); i++) {
                int index = i;
                AdapterDeltas.of(base, opened.get(i))
                        .delta(info.name())
                        .ifPresent(delta -> parts.add(
                                new MixedRows.Part(delta, weights.get(index).weight(), index)));
            }
            if (!parts.isEmpty()) {
                requireSameShape(parts, origin);
                Delta delta = MixedRows.delta(parts, method);
                changes.put(info.name(), Change.adding(delta, base.tensor(info.name()), origin));
            }
        }
        return changes;
    }

    private static void requireSameShape(List<MixedRows.Part> parts, String origin) {
        Delta first = parts.getFirst().delta();
        for (MixedRows.Part part : parts) {
            if (!part.delta().shape().equals(first.shape())) {
                throw new AdapterMismatchException(origin + ": " + first.name()
                        + ": the adapters bring different vocabularies, " + first.shape() + " and "
                        + part.delta().shape() + "; only those of one vocabulary can be mixed");
            }
        }
    }

    /**
     * What makes a tuned model of a base.
     *
     * @throws AdapterMismatchException when they are not of one shape, but for a vocabulary that has grown
     */
    public static WeightChanges between(Checkpoint base, Checkpoint tuned) {
        SequencedMap<String, Change> changes = new LinkedHashMap<>();
        for (TensorInfo info : tuned.tensors()) {
            Tensor below = base.contains(info.name()) ? base.tensor(info.name()) : null;
            if (below == null || !fits(info, below.info())) {
                throw new AdapterMismatchException(tuned.origin() + " is not tuned from " + base.origin() + ": "
                        + info.name() + " is " + info.dtype() + " " + info.shape() + ", in the base "
                        + (below == null
                                ? "nothing"
                                : below.info().dtype() + " " + below.info().shape()));
            }
            Tensor tensor = tuned.tensor(info.name());
            changes.put(info.name(), new Change(Delta.between(tensor, below), tensor));
        }
        return new WeightChanges(base, changes, Surroundings.of(base, tuned), List.of());
    }

    private static boolean fits(TensorInfo tuned, TensorInfo base) {
        boolean grown = LoraInfo.BY_VOCABULARY.contains(tuned.name())
                && tuned.shape().size() == 2
                && base.shape().size() == 2
                && tuned.rowLength() == base.rowLength()
                && tuned.rows() >= base.rows();
        return (grown || tuned.shape().equals(base.shape()))
                && tuned.dtype().isReal()
                && base.dtype().isReal();
    }

    /** The base with all of it added, rounded once. Closing it closes nothing. */
    public Checkpoint merged() {
        return ChangedCheckpoint.of(base, changes, surroundings);
    }

    /**
     * Looks at every tensor that changes.
     *
     * @param rank of the pairs whose error is told
     */
    public List<ChangeReport> report(int rank) {
        return new AdapterDraft(base, changes, OptionalInt.of(rank), new Cancellation()).reports();
    }

    /**
     * Writes an adapter that PEFT loads: a low-rank pair for each matrix, and what else changes whole. All pairs are held in
     * memory until they are written.
     *
     * @param rank of the pairs; without one they have that of what is added and give it back to rounding in f32
     * @return what became of each tensor, and how much of it was left out
     * @throws IllegalArgumentException without a rank when what is added has no smaller one than the matrices, as after
     *     training, DoRA or any method but the sum; or when the folder holds something
     * @throws io.github.hanllama.core.error.LlamaException when something cannot be read or written
     * @throws java.util.concurrent.CancellationException when cancelled
     */
    public List<ChangeReport> writeAdapter(Path folder, OptionalInt rank, WriteOptions options) {
        if (rank.isPresent() && (rank.getAsInt() < 1 || rank.getAsInt() > LoraConfigReader.MAX_RANK)) {
            throw new IllegalArgumentException(
                    "rank must be in 1.." + LoraConfigReader.MAX_RANK + ", was " + rank.getAsInt());
        }
        AdapterDraft draft = new AdapterDraft(base, changes, rank, options.cancellation());
        draft.write(folder, surroundings, options);
        return draft.reports();
    }

    /** Closes the adapters; base and tuned model are the caller's. */
    @Override
    public void close() {
        adapters.forEach(LoraWeights::close);
    }
}
