package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.adapter.TensorChange.Replace;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * Adapters in the order they would be merged, put together tensor by tensor and found to fit the model: the changes of
 * one tensor, none of which a later one overrules. Whether they belong together is asked of the one who knows, by
 * merging them; a merge computes nothing before it is read, and these are not.
 */
final class AdapterChain {
    private final Checkpoint base;
    private final List<AdapterWeights> adapters;
    private final ChainShapes shapes;
    private final SequencedMap<String, List<TensorChange>> changes = new LinkedHashMap<>();
    private Checkpoint merged; // never closed: that would close the base and the adapters, which are the caller's

    private AdapterChain(Checkpoint base, List<AdapterWeights> adapters) {
        this.base = base;
        this.adapters = adapters;
        this.merged = base;
        this.shapes = new ChainShapes(base.config());
    }

    /** @throws io.github.hanllama.core.error.AdapterMismatchException when they do not fit the model or each other */
    static AdapterChain of(Checkpoint base, List<AdapterWeights> adapters) {
        if (adapters.isEmpty()) {
            throw new IllegalArgumentException("attach needs at least one adapter");
        }
        AdapterChain chain = new AdapterChain(base, List.copyOf(adapters));
        adapters.forEach(chain::append);
        if (chain.tied() && chain.changes.containsKey(TensorNames.EMBED_TOKENS)) {
            chain.changes.put(TensorNames.LM_HEAD, chain.changes.get(TensorNames.EMBED_TOKENS));
        }
        return chain;
    }

    private void append(AdapterWeights adapter) {
        boolean wasTied = tied();
        merged = adapter.mergeInto(merged);
        SequencedMap<String, TensorChange> own = new LinkedHashMap<>();
        adapter.changedTensors()
                .forEach(name -> own.put(name, adapter.change(name).orElseThrow()));
        if (wasTied && !tied()) {
            untie();
            if (own.get(TensorNames.EMBED_TOKENS) instanceof Replace) { // so was the head, which goes on from there
                own.put(TensorNames.LM_HEAD, new Replace(merged.tensor(TensorNames.LM_HEAD)));
            }
        }
        own.forEach((name, change) -> append(adapter, name, change));
        shapes.requireOneVocabulary(adapter.origin());
    }

    /** From here on the head is a tensor of its own; until here it was what the embedding had become. */
    private void untie() {
        List<TensorChange> shared = changes.get(TensorNames.EMBED_TOKENS);
        if (shared != null) {
            changes.put(TensorNames.LM_HEAD, new ArrayList<>(shared));
        }
        shapes.untie();
    }

    private void append(AdapterWeights adapter, String name, TensorChange change) {
        shapes.accept(adapter.origin(), name, change);
        List<TensorChange> all = changes.computeIfAbsent(name, absent -> new ArrayList<>());
        if (change instanceof Replace) {
            all.clear();
        }
        all.add(change);
    }

    String origin() {
        return adapters.stream().map(AdapterWeights::origin).collect(Collectors.joining(" + "));
    }

    /** The model's configuration as these adapters leave it. */
    LlamaConfig config() {
        return merged.config();
    }

    /** Whether head and embedding are the same tensor. */
    boolean tied() {
        return config().tieWordEmbeddings();
    }

    /** By tensor, in order; a whole tensor can only come first. A tied head has the embedding's. */
    SequencedMap<String, List<TensorChange>> changes() {
        return changes;
    }

    /** Whether the tensor is a norm or a bias. */
    boolean isVector(String name) {
        return shapes.of(name).size() == 1;
    }

    Optional<Tokenizer> tokenizer() {
        return adapters.reversed().stream()
                .flatMap(adapter -> adapter.tokenizer().stream())
                .findFirst();
    }

    /** Whether positions are turned otherwise than in the model. */
    boolean changesRotation() {
        return !config().ropeScaling().equals(base.config().ropeScaling())
                || config().maxPositionEmbeddings() != base.config().maxPositionEmbeddings();
    }

    boolean replacing() {
        return changesRotation()
                || changes.values().stream().flatMap(List::stream).anyMatch(change -> switch (change) {
                    case Replace whole -> true;
                    case AddLowRank pair -> false;
                });
    }
}
