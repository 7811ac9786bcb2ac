package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.AdapterMismatchException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Whether an adapter belongs on a base; every refusal says why in the words of somebody who mixed up two files. */
final class BaseFit {
    private final Checkpoint base;
    private final LoraWeights adapter;
    private final Map<String, List<Long>> shapes;

    private BaseFit(Checkpoint base, LoraWeights adapter) {
        this.base = base;
        this.adapter = adapter;
        this.shapes = shapes(base);
    }

    static void check(Checkpoint base, LoraWeights adapter) {
        BaseFit fit = new BaseFit(base, adapter);
        fit.requireNotMergedYet();
        fit.requireSameModel();
        fit.requirePlaces();
        fit.requireShapes();
        fit.requireComplete();
        VocabularyFit.check(base, adapter);
        ChainFit.check(base, adapter);
    }

    /** With a tied head there is one tensor for both roles, and an adapter may bring either. */
    private static Map<String, List<Long>> shapes(Checkpoint base) {
        SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();
        base.tensors().forEach(info -> shapes.put(info.name(), info.shape()));
        List<Long> embedding = shapes.get(TensorNames.EMBED_TOKENS);
        if (base.config().tieWordEmbeddings() && embedding != null) {
            shapes.putIfAbsent(TensorNames.LM_HEAD, embedding);
        }
        return shapes;
    }

    private void requireNotMergedYet() {
        boolean twice = MergedCheckpoint.adapters(base)
                .filter(other -> other.layout().equals(adapter.layout()))
                .anyMatch(other -> other.identity().equals(adapter.identity()));
        if (twice) {
            throw mismatch("is already merged into " + base.origin() + "; apply it once");
        }
    }

    /** The config.json of an adapter for longer contexts describes the model it was made for. */
    private void requireSameModel() {
        adapter.trainedModel().ifPresent(own -> {
            LlamaConfig found = base.config();
            requireEqual("hidden_size", own.hiddenSize(), found.hiddenSize());
            requireEqual("num_hidden_layers", own.numHiddenLayers(), found.numHiddenLayers());
            requireEqual("num_attention_heads", own.numAttentionHeads(), found.numAttentionHeads());
            requireEqual("num_key_value_heads", own.numKeyValueHeads(), found.numKeyValueHeads());
        });
    }

    private void requireEqual(String key, int own, int found) {
        if (own != found) {
            throw mismatch("was made for a model with " + key + " " + own + " (its " + LoraFiles.CONFIG
                    + "), but the base has " + found);
        }
    }

    private void requirePlaces() {
        List<String> missing = adapter.changedTensors().stream()
                .filter(name -> !shapes.containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            throw mismatch("changes " + missing.size() + " tensors that the base, with "
                    + base.config().numHiddenLayers() + " layers, does not have: " + Listing.of(missing));
        }
    }

    private void requireShapes() {
        List<String> wrong = adapter.layout().shapes().entrySet().stream()
                .filter(change -> !fits(change.getKey(), change.getValue()))
                .map(change -> change.getKey() + " " + change.getValue() + " on " + shapes.get(change.getKey()))
                .toList();
        if (!wrong.isEmpty()) {
            throw mismatch(
                    "was made for a model of another size; " + wrong.size() + " shapes differ: " + Listing.of(wrong));
        }
    }

    private boolean fits(String name, List<Long> shape) {
        List<Long> expected = shapes.getOrDefault(name, List.of());
        boolean mayGrow = LoraInfo.BY_VOCABULARY.contains(name)
                && !adapter.layout().pairs().containsKey(name);
        return mayGrow && shape.size() == 2 ? shape.getLast().equals(expected.getLast()) : shape.equals(expected);
    }

    /** A pair that the configuration announces and the file lacks would be a smaller change than was trained. */
    private void requireComplete() {
        List<String> missing = shapes.keySet().stream()
                .filter(name -> name.endsWith(".weight") && AdapterKey.isLinear(AdapterKey.module(name)))
                .filter(name -> !adapter.changedTensors().contains(name))
                .filter(name -> adapter.config().announces(AdapterKey.module(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw mismatch("lacks " + missing.size() + " low-rank pairs that its target_modules name: "
                    + Listing.of(missing) + "; has the base more layers, or is the file cut?");
        }
    }

    private AdapterMismatchException mismatch(String cause) {
        return new AdapterMismatchException(adapter.origin() + " does not fit " + base.origin() + ": it " + cause);
    }
}
