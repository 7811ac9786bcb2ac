package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.error.AdapterMismatchException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * The difference of a tuned model to its base, ready to write as a patch; settings and tokenizer are the tuned model's.
 *
 * <pre>{@code
 * PatchDifference patch = DeltaPatch.create(base, tuned);
 * patch.write(Path.of("my-patch"), WriteOptions.DEFAULT);
 * System.out.println(patch.inexact() + " weights will differ in their last digit"); // mostly 0
 * }</pre>
 *
 * <p>Closing it closes nothing: both models stay the caller's.
 */
public final class PatchDifference extends DerivedCheckpoint {
    private final Checkpoint below;
    private final LongAdder inexact;
    private volatile String identity = "";

    private PatchDifference(
            Checkpoint below, Checkpoint tuned, SequencedMap<String, Tensor> tensors, LongAdder inexact) {
        super(tuned, tensors);
        this.below = below;
        this.inexact = inexact;
    }

    static PatchDifference of(Checkpoint base, Checkpoint tuned) {
        requireComparable(base, tuned);
        LongAdder inexact = new LongAdder();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tuned.tensors().forEach(info -> {
            Tensor to = tuned.tensor(info.name());
            Tensor from = base.tensor(info.name());
            tensors.put(
                    info.name(), new DifferenceTensor(to, from, Sums.rounded(to, from, -1, tuned.origin()), inexact));
        });
        return new PatchDifference(base, tuned, tensors, inexact);
    }

    private static void requireComparable(Checkpoint base, Checkpoint tuned) {
        List<String> wrong = new ArrayList<>();
        for (TensorInfo info : tuned.tensors()) {
            TensorInfo below =
                    base.contains(info.name()) ? base.tensor(info.name()).info() : null;
            if (below == null) {
                wrong.add(info.name() + " only in " + tuned.origin());
            } else if (!below.equals(info) || !info.dtype().isFloatingPoint()) {
                wrong.add(info.name() + " " + info.dtype() + " " + info.shape() + " on " + below.dtype() + " "
                        + below.shape());
            }
        }
        base.tensors().stream()
                .map(TensorInfo::name)
                .filter(name -> !tuned.contains(name))
                .forEach(name -> wrong.add(name + " only in " + base.origin()));
        if (!wrong.isEmpty()) {
            throw new AdapterMismatchException(tuned.origin() + " minus " + base.origin()
                    + ": a patch keeps names, shapes and types, but " + wrong.size() + " tensors differ: "
                    + Listing.of(wrong));
        }
    }

    /**
     * Writes it as a patch, in OpenChineseLLaMA's layout, into a new folder. Reads the base once more, for its hash.
     *
     * @throws io.github.hanllama.core.error.LlamaException when something cannot be read or written
     * @throws java.util.concurrent.CancellationException when cancelled
     */
    public WriteReport write(Path folder, WriteOptions options) {
        inexact.reset();
        return CheckpointWriter.patch(Checkpoints.contentSha256(below)).write(this, folder, options);
    }

    /**
     * How many of the weights that have been read or written so far applying the patch does not give back to the bit: where
     * the tuned weight is much larger or smaller than the base's, the difference is rounded.
     */
    public long inexact() {
        return inexact.sum();
    }

    @Override
    public String origin() {
        return base().origin() + " - " + below.origin();
    }

    @Override
    public List<Path> weightFiles() {
        return Stream.concat(below.weightFiles().stream(), base().weightFiles().stream())
                .toList();
    }

    @Override
    public Optional<String> fileIdentity() {
        return Optional.empty();
    }

    @Override
    public String identity() {
        if (identity.isEmpty()) {
            identity = Sha256.of("difference", below.identity(), base().identity());
        }
        return identity;
    }

    @Override
    public void close() {
        // both models are the caller's
    }
}
