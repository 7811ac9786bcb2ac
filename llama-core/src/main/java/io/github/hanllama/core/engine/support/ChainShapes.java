package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.adapter.TensorChange.Replace;
import io.github.hanllama.core.checkpoint.ExpectedTensors;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The shapes of a model's tensors while adapters are put on it, one after the other. */
final class ChainShapes {
    private static final Set<String> BY_VOCABULARY = Set.of(TensorNames.EMBED_TOKENS, TensorNames.LM_HEAD);

    private final Map<String, List<Long>> shapes;

    ChainShapes(LlamaConfig config) {
        shapes = new LinkedHashMap<>(ExpectedTensors.of(config));
    }

    void untie() {
        shapes.put(TensorNames.LM_HEAD, of(TensorNames.EMBED_TOKENS));
    }

    /** Of a tensor the model has. */
    List<Long> of(String name) {
        return Objects.requireNonNull(shapes.get(name), name);
    }

    void accept(String origin, String name, TensorChange change) {
        List<Long> shape = shapes.get(name);
        if (shape == null) {
            throw mismatch(origin, "changes " + name + ", which the model does not have");
        }
        switch (change) {
            case Replace whole -> replace(origin, name, shape, whole.tensor().info());
            case AddLowRank pair ->
                check(origin, name, new TensorInfo(name, shape, pair.a().info().dtype()), pair);
        }
    }

    private void replace(String origin, String name, List<Long> shape, TensorInfo whole) {
        boolean grown = BY_VOCABULARY.contains(name)
                && whole.shape().size() == 2
                && whole.shape().getLast().equals(shape.getLast())
                && whole.rows() >= shape.getFirst();
        if (!grown && !whole.shape().equals(shape)) {
            throw mismatch(origin, "replaces " + name + " " + shape + " by " + whole.shape());
        }
        if (!whole.dtype().isFloatingPoint()) {
            throw mismatch(origin, "replaces " + name + " by " + whole.dtype() + ", expected floating-point numbers");
        }
        shapes.put(name, whole.shape());
    }

    private static void check(String origin, String name, TensorInfo base, AddLowRank pair) {
        TensorInfo a = pair.a().info();
        TensorInfo b = pair.b().info();
        if (pair.transposed()) {
            throw new UnsupportedModelException(
                    origin + ": " + name + ": a pair for weights stored (in, out); LLaMA stores (out, in)");
        }
        if (a.rowLength() != base.rowLength() || b.rows() != base.rows() || a.rows() != b.rowLength()) {
            throw mismatch(origin, "adds " + b.shape() + " x " + a.shape() + " to " + name + " " + base.shape());
        }
        pair.magnitude().ifPresent(magnitude -> {
            if (magnitude.info().elements() != base.rows()) {
                throw mismatch(
                        origin,
                        "gives " + magnitude.info().elements() + " lengths to the rows of " + name + " "
                                + base.shape());
            }
        });
    }

    /** Rows of embedding and head must agree once an adapter has been put on. */
    void requireOneVocabulary(String origin) {
        long embedding = of(TensorNames.EMBED_TOKENS).getFirst();
        long head = shapes.getOrDefault(TensorNames.LM_HEAD, of(TensorNames.EMBED_TOKENS))
                .getFirst();
        if (embedding != head) {
            throw mismatch(origin, "leaves an embedding of " + embedding + " rows and a head of " + head);
        }
    }

    private static AdapterMismatchException mismatch(String origin, String cause) {
        return new AdapterMismatchException(origin + " does not fit: it " + cause + "; was it made for another model?");
    }
}
