package io.github.hanllama.fuzz;

import io.github.hanllama.core.checkpoint.TorchFile;
import java.util.function.Consumer;

/** A PyTorch file, opened and read. */
final class TorchTarget implements FuzzTarget {
    private final Scratch scratch = Scratch.create();
    private final Consumer<Seeds> seeds;

    private TorchTarget(Consumer<Seeds> seeds) {
        this.seeds = seeds;
    }

    static TorchTarget zip() {
        return new TorchTarget(seeds -> seeds.tree("hostile", ".bin")
                .tree("small", ".pt", ".pth", ".bin")
                .tree("peft_kinds", ".bin")
                .files("synthetic/lora_a/adapter_model.bin"));
    }

    static TorchTarget legacy() {
        return new TorchTarget(seeds -> seeds.files("synthetic/lora_b/adapter_model.bin"));
    }

    @Override
    public void run(byte[] input) {
        try (TorchFile file = TorchFile.open(scratch.write("model.bin", input))) {
            WeightUse.all(file);
        }
    }

    @Override
    public void seeds(Seeds into) {
        seeds.accept(into);
    }
}
