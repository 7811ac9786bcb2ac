package io.github.hanllama.core.checkpoint.rowquantized;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.RowQuantization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What is written of a model in ChatGLM's scheme: the matrices of its layers as whole numbers and scales, the rest in f16. It is
 * no model to be run, as its tensors are not those that the configuration calls for; reading the written one gives that.
 */
public final class RowQuantizedCheckpoint extends DerivedCheckpoint {
    private final RowQuantization kind;

    private RowQuantizedCheckpoint(Checkpoint base, SequencedMap<String, Tensor> tensors, RowQuantization kind) {
        super(base, tensors);
        this.kind = kind;
    }

    public static RowQuantizedCheckpoint of(Checkpoint base, RowQuantization kind) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorInfo info : base.tensors()) {
            Tensor tensor = base.tensor(info.name());
            if (info.name().endsWith("_proj.weight")) {
                kind.bytes(Math.toIntExact(info.rowLength())); // refused before anything is written
                tensors.put(info.name(), new RowNumbers(tensor, kind));
                String scale = info.name() + RowScaledWeights.SCALE_SUFFIX;
                tensors.put(scale, new RowScales(new TensorInfo(scale, List.of(info.rows()), DType.F16), tensor, kind));
            } else {
                tensors.put(info.name(), tensor);
            }
        }
        return new RowQuantizedCheckpoint(base, tensors, kind);
    }

    @Override
    public String identity() {
        return base().identity() + " " + kind;
    }
}
