package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.util.LinkedHashMap;
import java.util.Map;

/** The synthetic base in f16 out of each of its layouts; its values are exact in all of them. */
enum SyntheticBase {
    META_1_SHARD("meta_1shard"),
    META_2_SHARDS("meta_2shard"),
    HF_BIN("hf_bin_2shard"),
    SAFETENSORS_F32("hf_safetensors_f32"),
    SAFETENSORS_BF16("hf_safetensors_bf16_2shard");

    private final String folder;

    SyntheticBase(String folder) {
        this.folder = folder;
    }

    Checkpoint open() {
        Checkpoint stored = Checkpoints.open(FolderFiles.of(TestData.path("synthetic/base/" + folder)));
        return name().startsWith("SAFETENSORS") ? inF16(stored) : stored;
    }

    private static Checkpoint inF16(Checkpoint stored) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (stored) {
            for (TensorInfo info : stored.tensors()) {
                TensorInfo half = new TensorInfo(info.name(), info.shape(), DType.F16);
                tensors.put(info.name(), MemoryTensor.of(half, Values.of(stored, info.name())));
            }
        }
        return TinyModel.of(stored.config(), tensors);
    }
}
