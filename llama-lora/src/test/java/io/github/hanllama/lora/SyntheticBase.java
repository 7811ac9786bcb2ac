package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The synthetic base in f16 out of each of its layouts; its values are exact in all of them. */
enum SyntheticBase {
    META_1_SHARD,
    META_2_SHARDS,
    HF_BIN,
    SAFETENSORS_F32,
    SAFETENSORS_BF16;

    private static final Path BASE = TestData.path("synthetic/base");

    Checkpoint open() {
        Map<String, Tensor> tensors =
                switch (this) {
                    case META_1_SHARD -> MetaFiles.read(BASE.resolve("meta_1shard"), 1);
                    case META_2_SHARDS -> MetaFiles.read(BASE.resolve("meta_2shard"), 2);
                    case HF_BIN -> pickled("hf_bin_2shard/pytorch_model-0000%d-of-00002.bin");
                    case SAFETENSORS_F32 -> safetensors("hf_safetensors_f32/model.safetensors");
                    case SAFETENSORS_BF16 ->
                        safetensors(
                                "hf_safetensors_bf16_2shard/model-00001-of-00002.safetensors",
                                "hf_safetensors_bf16_2shard/model-00002-of-00002.safetensors");
                };
        var config = Checkpoints.config(FolderFiles.of(BASE.resolve("hf_bin_2shard")), warning -> {});
        return TinyModel.of(config, tensors);
    }

    private static Map<String, Tensor> pickled(String pattern) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int shard = 1; shard <= 2; shard++) {
            try (TorchFile file = TorchFile.open(BASE.resolve(pattern.formatted(shard)))) {
                file.tensors().stream()
                        .filter(info -> !info.name().endsWith("inv_freq"))
                        .forEach(info -> tensors.put(info.name(), f16(file.tensor(info.name()))));
            }
        }
        return tensors;
    }

    private static Map<String, Tensor> safetensors(String... names) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : List.of(names)) {
            try (SafetensorsFile file = SafetensorsFile.open(BASE.resolve(name))) {
                file.tensors().forEach(info -> tensors.put(info.name(), f16(file.tensor(info.name()))));
            }
        }
        return tensors;
    }

    private static Tensor f16(Tensor stored) {
        TensorInfo info = new TensorInfo(stored.info().name(), stored.info().shape(), DType.F16);
        return MemoryTensor.of(info, Values.of(stored));
    }
}
