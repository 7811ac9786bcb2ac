package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import java.util.List;

/** The engine with a plan that it would not make on this machine; logits come over a few at a time. */
public final class PlannedEngine implements Engine {
    private static final int MOST_LOGITS = 2000;

    private final TorchType type;
    private final int segments;

    private PlannedEngine(TorchType type, int segments) {
        this.type = type;
        this.segments = segments;
    }

    /** As on a processor that multiplies bf16. */
    public static PlannedEngine bf16() {
        return new PlannedEngine(TorchType.BF16, 1);
    }

    /** As on two devices too small for all layers. */
    public static PlannedEngine split() {
        return new PlannedEngine(TorchType.F32, 2);
    }

    @Override
    public String name() {
        return "planned";
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        int layers = checkpoint.config().numHiddenLayers();
        List<TorchPlan.Segment> parts = segments == 1
                ? List.of(new TorchPlan.Segment("cpu", 0, layers))
                : List.of(
                        new TorchPlan.Segment("cpu", 0, layers / 2), new TorchPlan.Segment("cpu", layers / 2, layers));
        return PyTorchEngine.load(checkpoint, options, new TorchPlan(type, type, parts), MOST_LOGITS);
    }
}
