package io.github.hanllama.pytorch;

import ai.djl.pytorch.jni.IValue;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.RotaryEmbedding;
import java.util.List;
import java.util.Optional;

/** The scripts of a model and the weights they are given each time. */
final class TorchModel {
    private final LlamaConfig config;
    private final Torch torch;
    private final TorchPlan plan;
    private final TorchWeights weights;
    private final RotaryEmbedding rotary;
    private final Script script;
    private final IValue embedding;
    private final List<IValue> segments;
    private final IValue head;
    private Optional<Script> adapted = Optional.empty(); // used by one pass at a time

    TorchModel(LlamaConfig config, Torch torch, TorchPlan plan, TorchWeights weights) {
        this.config = config;
        this.torch = torch;
        this.plan = plan;
        this.weights = weights;
        rotary = RotaryEmbedding.of(config);
        script = script(false);
        TorchScope owner = torch.scope();
        embedding = owner.list(weights.embedTokens());
        segments = weights.segments().stream().map(owner::list).toList();
        head = owner.list(weights.head());
    }

    private Script script(boolean forAdapters) {
        return torch.script(
                DecoderScript.CLASS,
                new DecoderScript(config, plan.type().computed(), plan.products(), forAdapters).text());
    }

    /** The script that takes adapters; most models never need it. */
    Script adapted() {
        if (adapted.isEmpty()) {
            adapted = Optional.of(script(true));
        }
        return adapted.get();
    }

    LlamaConfig config() {
        return config;
    }

    Torch torch() {
        return torch;
    }

    TorchPlan plan() {
        return plan;
    }

    TorchWeights weights() {
        return weights;
    }

    RotaryEmbedding rotary() {
        return rotary;
    }

    Script script() {
        return script;
    }

    IValue embedding() {
        return embedding;
    }

    /** The layers' tensors of each segment. */
    List<IValue> segments() {
        return segments;
    }

    IValue head() {
        return head;
    }
}
