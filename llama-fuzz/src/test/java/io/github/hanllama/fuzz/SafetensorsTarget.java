package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.SafetensorsHeader;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;

/** A safetensors file: opened and read as a whole, and its header alone as planning does. */
final class SafetensorsTarget implements FuzzTarget {
    private static final String NAME = "model.safetensors";

    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        Path path = scratch.write(NAME, input);
        try (SafetensorsFile file = SafetensorsFile.open(path);
                ModelFiles files = ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation())) {
            SafetensorsHeader header = SafetensorsHeader.read(files, NAME);
            assertThat(header.tensors()).isEqualTo(file.tensors());
            assertThat(header.metadata()).isEqualTo(file.metadata());
            WeightUse.all(file);
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.tree("hostile", ".safetensors")
                .files("peft_kinds/bias_lora_only/adapter_model.safetensors")
                .files("hf/lora_layers/adapter/adapter_model.safetensors")
                .files("golden/lora_sum_order.safetensors")
                .tree("small", ".safetensors")
                .tree("adapters", ".safetensors");
    }
}
