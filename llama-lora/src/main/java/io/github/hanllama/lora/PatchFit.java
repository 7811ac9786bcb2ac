package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.AdapterMismatchException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Whether a patch belongs on a base; on any other, its sums are numbers without meaning. */
final class PatchFit {
    private final Checkpoint base;
    private final PatchWeights patch;

    private PatchFit(Checkpoint base, PatchWeights patch) {
        this.base = base;
        this.patch = patch;
    }

    static void check(Checkpoint base, PatchWeights patch) {
        PatchFit fit = new PatchFit(base, patch);
        fit.requireNotAppliedYet();
        fit.requireSameTensors();
        fit.requireSameBase();
        fit.requireExactSums();
    }

    private void requireNotAppliedYet() {
        if (PatchedCheckpoint.contains(base, patch) || PatchRecord.names(base, patch)) {
            throw mismatch("is already part of it; apply it once");
        }
    }

    private void requireSameTensors() {
        SequencedMap<String, TensorInfo> left = new LinkedHashMap<>();
        patch.tensors().forEach((name, delta) -> left.put(name, delta.info()));
        List<String> wrong = new ArrayList<>();
        for (TensorInfo info : base.tensors()) {
            TensorInfo delta = left.remove(info.name());
            if (delta == null) {
                wrong.add(info.name() + " only in the base");
            } else if (!delta.shape().equals(info.shape())) {
                wrong.add(info.name() + " " + delta.shape() + " on " + info.shape());
            } else if (!delta.dtype().isFloatingPoint() || !info.dtype().isFloatingPoint()) {
                wrong.add(info.name() + " " + delta.dtype() + " on " + info.dtype());
            }
        }
        left.keySet().forEach(name -> wrong.add(name + " only in the patch"));
        if (!wrong.isEmpty()) {
            throw mismatch("was made from another model; " + wrong.size() + " tensors differ: " + Listing.of(wrong));
        }
    }

    private void requireSameBase() {
        patch.madeFor().ifPresent(made -> {
            String found = Checkpoints.contentSha256(base);
            if (!found.equals(made.contentSha256())) {
                throw mismatch("was made from a base with the content SHA-256 " + made.contentSha256()
                        + ", this one has " + found);
            }
        });
    }

    private void requireExactSums() {
        ExactSums sums = ExactSums.sample(base, patch.tensors());
        if (sums.isOfAnotherBase()) {
            throw mismatch("was made from another model of these shapes: " + sums.describe());
        }
    }

    private AdapterMismatchException mismatch(String cause) {
        return new AdapterMismatchException(patch.origin() + " does not fit " + base.origin() + ": it " + cause);
    }
}
