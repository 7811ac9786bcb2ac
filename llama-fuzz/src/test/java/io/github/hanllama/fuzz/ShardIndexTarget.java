package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.source.ModelFiles;

/** {@code model.safetensors.index.json} and its PyTorch twin, beside the shards of a model. */
final class ShardIndexTarget implements FuzzTarget {
    private final String name;
    private final String folder;
    private final ModelFiles model;
    private final Scratch scratch = Scratch.create();

    private ShardIndexTarget(String name, String folder) {
        this.name = name;
        this.folder = folder;
        this.model = PatchedFiles.fixture(folder);
    }

    static ShardIndexTarget safetensors() {
        return new ShardIndexTarget("model.safetensors.index.json", "synthetic/base/hf_safetensors_bf16_2shard");
    }

    static ShardIndexTarget torch() {
        return new ShardIndexTarget("pytorch_model.bin.index.json", "synthetic/base/hf_bin_2shard");
    }

    @Override
    public void run(byte[] input) {
        try (Checkpoint checkpoint = Checkpoints.open(PatchedFiles.of(model, scratch, name, input), warning -> {})) {
            assertThat(checkpoint.tensors()).isNotEmpty();
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.files(folder + "/" + name).tree("hf/gqa_bf16", ".index.json").text("""
                {"metadata": {"total_size": 1.0e9}, "weight_map": {"a": "../b", "c": 1}}""");
    }
}
