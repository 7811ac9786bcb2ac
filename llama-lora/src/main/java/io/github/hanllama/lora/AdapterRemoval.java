package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.lora.Addition.Pair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Takes an adapter out of a model again, where all that was there before is still known. */
final class AdapterRemoval {
    private AdapterRemoval() {}

    static Checkpoint remove(Checkpoint merged, LoraAdapter adapter, LoraWeights weights) {
        String identity = weights.identity();
        boolean mapped = MergedCheckpoint.adapters(merged)
                .anyMatch(part -> part.identity().equals(identity));
        if (mapped && merged instanceof MergedCheckpoint top) {
            Checkpoint rest = MergedCheckpoint.without(top, identity);
            weights.close();
            return rest;
        }
        requireSubtractable(merged, weights);
        WeightChanges changes = WeightChanges.of(merged, List.of(new WeightedAdapter(adapter, -1)), MixMethod.LINEAR);
        return new Subtracted(merged, changes, weights);
    }

    private static void requireSubtractable(Checkpoint merged, LoraWeights weights) {
        if (!weights.layout().wholes().isEmpty()) {
            throw lost(
                    merged,
                    weights,
                    "replaces " + Listing.of(weights.layout().wholes().keySet()) + " whole");
        }
        boolean stretched = weights.layout().additions().values().stream()
                .anyMatch(addition ->
                        addition instanceof Pair pair && pair.magnitude().isPresent());
        if (stretched) {
            throw lost(merged, weights, "stretches rows to other lengths (DoRA)");
        }
    }

    private static UnsupportedModelException lost(Checkpoint merged, LoraWeights weights, String what) {
        return new UnsupportedModelException(weights.origin() + " " + what + ", and what was there before is not in "
                + merged.origin() + "; open the base instead");
    }

    /** A model minus what an adapter adds. */
    private static final class Subtracted extends DerivedCheckpoint {
        private final WeightChanges changes;
        private final LoraWeights weights;

        Subtracted(Checkpoint merged, WeightChanges changes, LoraWeights weights) {
            super(merged, tensors(changes.merged()));
            this.changes = changes;
            this.weights = weights;
        }

        private static SequencedMap<String, Tensor> tensors(Checkpoint difference) {
            SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
            difference.tensors().forEach(info -> tensors.put(info.name(), difference.tensor(info.name())));
            return tensors;
        }

        @Override
        public String origin() {
            return base().origin() + " - " + weights.origin();
        }

        @Override
        public String identity() {
            return Sha256.of("without LoRA", base().identity(), weights.identity());
        }

        @Override
        public void close() {
            super.close();
            changes.close();
            weights.close();
        }
    }
}
