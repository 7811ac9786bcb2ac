package io.github.hanllama.pytorch;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.Engine;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.quantize.QuantOptions;
import io.github.hanllama.core.quantize.QuantizedCheckpoint;
import io.github.hanllama.quant.QuantRecipe;
import java.util.List;

/** The engine with a plan that it would not make on this machine; it takes few tokens and logits at a time. */
public final class PlannedEngine implements Engine {
    private static final TorchDecoder.Limits LIMITS = new TorchDecoder.Limits(64, 2000);

    private final TorchType type;
    private final MatrixScript products;
    private final int segments;

    private PlannedEngine(TorchType type, MatrixScript products, int segments) {
        this.type = type;
        this.products = products;
        this.segments = segments;
    }

    /** As on this one, exactly. */
    public static PlannedEngine f32() {
        return new PlannedEngine(TorchType.F32, MatrixScript.FLOAT, 1);
    }

    /** As on a processor that multiplies bf16; packed where this one packs them. */
    public static PlannedEngine bf16() {
        return new PlannedEngine(TorchType.BF16, packedIfPossible(TorchType.BF16), 1);
    }

    private static MatrixScript packedIfPossible(TorchType type) {
        return Libtorch.require().packedFloats().contains(type) ? MatrixScript.FLOAT_PACKED : MatrixScript.FLOAT;
    }

    /** The same on a libtorch without the private operators. */
    public static PlannedEngine bf16Plain() {
        return new PlannedEngine(TorchType.BF16, MatrixScript.FLOAT, 1);
    }

    /** As on two devices too small for all layers. */
    public static PlannedEngine split() {
        return new PlannedEngine(TorchType.F32, MatrixScript.FLOAT, 2);
    }

    /** As on a processor that multiplies bytes. */
    public static PlannedEngine int8() {
        return new PlannedEngine(TorchType.INT8, MatrixScript.INT8, 1);
    }

    /** The same on one whose packed products are not exact. */
    public static PlannedEngine int8Rows() {
        return new PlannedEngine(TorchType.INT8, MatrixScript.INT8_ROWS, 1);
    }

    /** The same on a libtorch without the private operator, on two devices. */
    public static PlannedEngine int8Plain() {
        return new PlannedEngine(TorchType.INT8, MatrixScript.INT8_PLAIN, 2);
    }

    /** As for a model stored in Q4_0; others are quantized first. */
    public static PlannedEngine int4() {
        return new PlannedEngine(TorchType.INT4, MatrixScript.INT4, 1);
    }

    /** The same on a libtorch without the private operators, on two devices. */
    public static PlannedEngine int4Plain() {
        return new PlannedEngine(TorchType.INT4, MatrixScript.INT4_PLAIN, 2);
    }

    @Override
    public String name() {
        return "planned";
    }

    @Override
    public LanguageModel load(Checkpoint given, EngineOptions options) {
        Checkpoint checkpoint =
                type == TorchType.INT4 ? QuantizedCheckpoint.of(given, QuantOptions.of(QuantRecipe.Q4_0)) : given;
        int layers = checkpoint.config().numHiddenLayers();
        List<TorchPlan.Segment> parts = segments == 1
                ? List.of(new TorchPlan.Segment("cpu", 0, layers))
                : List.of(
                        new TorchPlan.Segment("cpu", 0, layers / 2), new TorchPlan.Segment("cpu", layers / 2, layers));
        return PyTorchEngine.load(
                checkpoint, options, new TorchPlan(type, products, halfBlock(), type.computed(), parts), LIMITS);
    }

    /** What this machine's libtorch takes; without its operator another. */
    private int halfBlock() {
        return products == MatrixScript.INT4 ? Libtorch.require().halfBlock() : 16;
    }
}
