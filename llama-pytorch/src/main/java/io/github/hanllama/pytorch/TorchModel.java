package io.github.hanllama.pytorch;

import ai.djl.pytorch.jni.IValue;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.core.engine.RotaryEmbedding;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The scripts of a model and the weights they are given each time. */
final class TorchModel {
    private final LlamaConfig config;
    private final Torch torch;
    private final TorchPlan plan;
    private final TorchWeights weights;
    private final RotaryEmbedding rotary;
    private final Map<Phase, Script> scripts = new EnumMap<>(Phase.class);
    private final Map<Phase, Script> adapted = new EnumMap<>(Phase.class); // used by one pass at a time
    private final IValue embedding;
    private final List<IValue> segments;
    private final IValue head;

    TorchModel(LlamaConfig config, Torch torch, TorchPlan plan, TorchWeights weights) {
        this.config = config;
        this.torch = torch;
        this.plan = plan;
        this.weights = weights;
        rotary = RotaryEmbedding.of(config);
        for (Phase phase : Phase.values()) {
            scripts.put(phase, script(phase, false));
        }
        TorchScope owner = torch.scope();
        embedding = owner.list(weights.embedTokens());
        segments = weights.segments().stream().map(owner::list).toList();
        head = owner.list(weights.head());
    }

    private Script script(Phase phase, boolean forAdapters) {
        return torch.script(
                DecoderScript.CLASS,
                new DecoderScript(config, plan.type().computed(), plan.products(phase), forAdapters).text());
    }

    /** The script that takes adapters; most models never need it. */
    Script adapted(Phase phase) {
        return adapted.computeIfAbsent(phase, any -> script(phase, true));
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

    Script script(Phase phase) {
        return Objects.requireNonNull(scripts.get(phase));
    }

    IValue embedding() {
        return embedding;
    }

    /** The layers' tensors of each segment. */
    List<IValue> segments() {
        return segments;
    }

    /** Its matrices that are no tensors. */
    IValue packed(int segment) {
        return weights.packed(segment).list();
    }

    IValue head() {
        return head;
    }

    IValue packedHead() {
        return weights.packedHead().list();
    }
}
