package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.support.EngineModel;
import java.util.List;

/** Models on libtorch. */
public final class PyTorchEngine implements Engine {
    @Override
    public String name() {
        return "pytorch";
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        Libtorch libtorch = Libtorch.require();
        int threads = options.threads().orElseGet(EngineOptions::defaultThreads);
        int layers = checkpoint.config().numHiddenLayers();
        TorchPlan plan = new TorchPlan(TorchType.F32, TorchType.F32, List.of(new TorchPlan.Segment("cpu", 0, layers)));
        Torch torch = new Torch(libtorch.engine(), threads);
        try {
            TorchWeights weights = new TorchWeights(checkpoint, options, torch, plan);
            return new EngineModel<>(
                    checkpoint,
                    "pytorch: " + plan.type() + " weights on " + plan.devices() + ", " + threads
                            + (threads == 1 ? " thread" : " threads"),
                    new TorchDecoder(checkpoint.config(), torch, plan, weights),
                    options.maxKvBytes());
        } catch (RuntimeException | Error e) {
            torch.close();
            throw e;
        }
    }
}
