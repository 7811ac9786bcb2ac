package io.github.hanllama.pytorch;

import ai.djl.engine.EngineException;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Device;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.EngineStatus;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.MemoryEstimate;
import io.github.hanllama.core.engine.support.EngineModel;
import io.github.hanllama.core.error.BackendException;
import java.util.List;

/**
 * Models on libtorch, on the processor or on graphics processors of NVIDIA.
 *
 * <p>With {@link EngineOptions#exactActivations()} everything is computed in f32. Otherwise in bf16, or f16, where the weights
 * are stored in no more and the device multiplies it itself.
 */
public final class PyTorchEngine implements Engine {
    /** System property: {@code true} to run without TorchScript, call by call. */
    private static final String EAGER = "hanllama.pytorch.eager";

    static final String NAME = "pytorch";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public EngineStatus status() {
        PyTorchDiagnosis diagnosis = PyTorchDiagnosis.get();
        return new EngineStatus(diagnosis.usable(), diagnosis.sentence());
    }

    @Override
    public boolean runsOn(Device device) {
        return switch (device) {
            case Device.Auto auto -> true;
            case Device.Cpu cpu -> true;
            case Device.Cuda cuda -> PyTorchDiagnosis.get().devices().contains(cuda.toString());
        };
    }

    /** Nothing is loaded unless the user has named a libtorch with CUDA. */
    @Override
    public boolean accelerated() {
        return LibtorchFiles.cudaNamed() && PyTorchDiagnosis.get().devices().size() > 1;
    }

    @Override
    public List<MemoryEstimate> memory(Checkpoint checkpoint, EngineOptions options) {
        return TorchMemory.estimates(checkpoint, options, ProcessorFlags.fast());
    }

    @Override
    public LanguageModel load(Checkpoint checkpoint, EngineOptions options) {
        Libtorch libtorch = Libtorch.require();
        if (!scripted() || !libtorch.scripts()) {
            return loadEager(checkpoint, options);
        }
        return load(
                checkpoint,
                options,
                new TorchPlanner(checkpoint, options, TorchPlanner.thisMachine(libtorch)).plan(),
                TorchDecoder.LIMITS);
    }

    /** Unless the user wants it call by call. */
    static boolean scripted() {
        return !Boolean.getBoolean(EAGER);
    }

    /** Without scripts: f32 on the processor. */
    static LanguageModel loadEager(Checkpoint checkpoint, EngineOptions options) {
        int threads = options.threads().orElseGet(EngineOptions::defaultThreads);
        Torch torch = new Torch(Libtorch.require().engine(), threads);
        try {
            return new EngineModel<>(
                    checkpoint,
                    "pytorch: F32 weights on cpu, without scripts, " + threads(threads),
                    new EagerDecoder(checkpoint, options, torch),
                    options.maxKvBytes());
        } catch (EngineException e) {
            torch.close();
            throw new BackendException(
                    "libtorch failed while " + checkpoint.origin() + " was loaded: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            torch.close();
            throw e;
        }
    }

    private static String threads(int count) {
        return count + (count == 1 ? " thread" : " threads");
    }

    static LanguageModel load(
            Checkpoint checkpoint, EngineOptions options, TorchPlan plan, TorchDecoder.Limits limits) {
        int threads = options.threads().orElseGet(EngineOptions::defaultThreads);
        Torch torch = new Torch(Libtorch.require().engine(), threads);
        try {
            TorchWeights weights = new TorchWeights(checkpoint, options, torch, plan);
            return new EngineModel<>(
                    checkpoint,
                    "pytorch: " + plan.type() + " weights on " + plan.devices() + ", " + threads(threads),
                    new TorchDecoder(checkpoint.config(), torch, plan, weights, limits),
                    options.maxKvBytes());
        } catch (RuntimeException | Error e) {
            torch.close();
            throw e;
        }
    }
}
