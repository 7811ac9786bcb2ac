package io.github.hanllama.fuzz;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.GgmlFile;
import io.github.hanllama.core.checkpoint.GgufFile;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;

/** A GGUF file, or one of the formats before it: opened as a file, read, and opened as a model with its tokenizer. */
final class GgufTarget implements FuzzTarget {
    private final Scratch scratch = Scratch.create();
    private final String name;
    private final Function<Path, WeightFile> opener;
    private final Consumer<Seeds> seeds;

    private GgufTarget(String name, Function<Path, WeightFile> opener, Consumer<Seeds> seeds) {
        this.name = name;
        this.opener = opener;
        this.seeds = seeds;
    }

    static GgufTarget gguf() {
        return new GgufTarget("model.gguf", GgufFile::open, seeds -> seeds.tree("hostile", ".gguf")
                .tree("small", ".gguf")
                .files("gguf/tiny-llama-q4_0.gguf"));
    }

    static GgufTarget legacy() {
        return new GgufTarget("model.bin", GgmlFile::open, seeds -> seeds.tree("gguf/legacy", ".bin"));
    }

    @Override
    public void run(byte[] input) {
        Path path = scratch.write(name, input);
        try (WeightFile file = opener.apply(path)) {
            WeightUse.all(file);
        }
        ModelFiles files = ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation());
        try (Checkpoint model = Checkpoints.open(files, warning -> {})) {
            model.tokenizer()
                    .ifPresent(tokenizer -> tokenizer.decode(tokenizer.encode("Once upon a time, 白日 <0x0A>\n")));
            model.chatTemplate();
        }
    }

    @Override
    public void seeds(Seeds into) {
        seeds.accept(into);
    }
}
