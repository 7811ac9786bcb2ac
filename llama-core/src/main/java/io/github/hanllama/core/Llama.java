package io.github.hanllama.core;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.core.source.ModelSources;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * The way in.
 *
 * <pre>{@code
 * try (Generator generator = Llama.load(Path.of("llama-2-7b"))) {
 *     System.out.println(generator.generate("白日依山尽，", GenerationConfig.GREEDY).text());
 * }
 * }</pre>
 */
public final class Llama {
    private Llama() {}

    /** Starts from the model in this folder, or of this weight file. Nothing is opened yet. */
    public static LlamaBuilder from(Path folder) {
        return from(ModelSources.path(folder));
    }

    /** Starts from a model wherever it is. Nothing is opened yet. */
    public static LlamaBuilder from(ModelSource source) {
        return new LlamaBuilder(source, Checkpoints::open, ModelSources::path);
    }

    /** Starts from a checkpoint of your own, opened when it is needed; what is loaded from it closes it. */
    public static LlamaBuilder from(Supplier<Checkpoint> opener) {
        return new LlamaBuilder(opener, ModelSources::path);
    }

    /**
     * Loads the model in this folder with every default.
     *
     * @throws io.github.hanllama.core.error.LlamaException when it cannot be opened or run
     */
    public static Generator load(Path folder) {
        return from(folder).load();
    }

    /** What this machine and JVM offer, and the flags to add. */
    public static DoctorReport doctor() {
        return Doctor.examine();
    }
}
