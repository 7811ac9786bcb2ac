package io.github.hanllama.lora;

import io.github.hanllama.core.adapter.Misfit;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.AdapterMismatchException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Whether an adapter belongs on a base; every refusal says why in the words of somebody who mixed up two files. */
final class BaseFit {
    private static final System.Logger LOG = System.getLogger(BaseFit.class.getName());

    private final Checkpoint base;
    private final LoraWeights adapter;
    private final Map<String, List<Long>> shapes;

    private BaseFit(Checkpoint base, LoraWeights adapter) {
        this.base = base;
        this.adapter = adapter;
        this.shapes = shapes(base);
    }

    /** @throws AdapterMismatchException for the first reason there is; what is only likely is logged */
    static void check(Checkpoint base, LoraWeights adapter) {
        for (Misfit misfit : misfits(base, adapter)) {
            if (misfit.certain()) {
                throw new AdapterMismatchException(misfit.message());
            }
            LOG.log(Level.WARNING, misfit.message());
        }
    }

    /** One answer to each question, as far as the size is right; of another model's adapter nothing else is of interest. */
    static List<Misfit> misfits(Checkpoint base, LoraWeights adapter) {
        BaseFit fit = new BaseFit(base, adapter);
        List<Misfit> misfits = new ArrayList<>();
        refusal(fit::requireNotMergedYet).ifPresent(misfits::add);
        refusal(fit::requireSize).ifPresent(misfits::add);
        boolean sameSize = misfits.isEmpty();
        refusal(() -> VocabularyFit.check(base, adapter)).ifPresent(misfits::add);
        misfits.addAll(ChainFit.misfits(base, adapter));
        if (sameSize && misfits.stream().noneMatch(Misfit::certain)) {
            refusal(() -> FrozenCopies.check(base, adapter)).ifPresent(misfits::add);
        }
        return misfits;
    }

    private static Optional<Misfit> refusal(Runnable check) {
        try {
            check.run();
            return Optional.empty();
        } catch (AdapterMismatchException e) {
            return Optional.of(new Misfit(true, String.valueOf(e.getMessage())));
        }
    }

    private void requireSize() {
        requireSameModel();
        requirePlaces();
        requireShapes();
        requireComplete();
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
            throw mismatch("is already part of " + base.origin() + "; apply it once");
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
        List<String> wrong = new ArrayList<>();
        adapter.layout().wholes().forEach((name, whole) -> {
            List<Long> shape = whole.stored().shape();
            if (replaces(name, shape)) {
                shapes.put(name, shape); // what is added to it must fit this
            } else {
                wrong.add(difference(name, shape));
            }
        });
        if (base.config().tieWordEmbeddings() && !adapter.layout().wholes().containsKey(TensorNames.LM_HEAD)) {
            shapes.replace(TensorNames.LM_HEAD, shapes.getOrDefault(TensorNames.EMBED_TOKENS, List.of()));
        }
        adapter.layout()
                .frozen()
                .forEach((name, whole) -> requireEqual(name, whole.stored().shape(), wrong));
        adapter.layout().additions().forEach((name, addition) -> requireEqual(name, addition.shape(), wrong));
        if (!wrong.isEmpty()) {
            throw mismatch(
                    "was made for a model of another size; " + wrong.size() + " shapes differ: " + Listing.of(wrong));
        }
    }

    /** Embedding and head may grow, nothing else. */
    private boolean replaces(String name, List<Long> shape) {
        List<Long> expected = shapes.getOrDefault(name, List.of());
        boolean mayGrow = LoraInfo.BY_VOCABULARY.contains(name) && shape.size() == 2;
        return mayGrow ? shape.getLast().equals(expected.getLast()) : shape.equals(expected);
    }

    private void requireEqual(String name, List<Long> shape, List<String> wrong) {
        if (!shape.equals(shapes.get(name))) {
            wrong.add(difference(name, shape));
        }
    }

    private String difference(String name, List<Long> shape) {
        return name + " " + shape + " on " + shapes.get(name);
    }

    /** A pair that the configuration announces and the file lacks would be a smaller change than was trained. */
    private void requireComplete() {
        List<String> missing = shapes.keySet().stream()
                .filter(name -> name.endsWith(".weight") && AdapterKey.isAdaptable(AdapterKey.module(name)))
                .filter(name -> adapter.config().announces(AdapterKey.module(name)))
                .filter(name -> !isThere(name))
                .toList();
        if (!missing.isEmpty()) {
            throw mismatch("lacks " + missing.size() + " low-rank pairs that its target_modules name: "
                    + Listing.of(missing) + "; has the base more layers, or is the file cut?");
        }
    }

    private boolean isThere(String name) {
        LoraLayout layout = adapter.layout();
        boolean whole = LoraInfo.BY_VOCABULARY.contains(name) && layout.wholes().containsKey(name);
        return whole || layout.additions().containsKey(name);
    }

    private AdapterMismatchException mismatch(String cause) {
        return new AdapterMismatchException(adapter.origin() + " does not fit " + base.origin() + ": it " + cause);
    }
}
