package io.github.hanllama.core.checkpoint;

import java.nio.file.Path;

/**
 * The other door of a {@link Checkpoint}: writes it to files, whatever it was read or merged from, in bounded memory.
 * Writers of all formats are one of these.
 *
 * <pre>{@code
 * try (Checkpoint merged = Llama.from(base).adapt(adapter).openCheckpoint()) {
 *     CheckpointWriter.safetensors().write(merged, Path.of("chinese-alpaca-2-7b"), WriteOptions.DEFAULT);
 * }
 * }</pre>
 */
public interface CheckpointWriter {
    /** Writes Hugging Face folders of safetensors, sharded by size. */
    static CheckpointWriter safetensors() {
        return new FolderWriter(WeightKind.SAFETENSORS);
    }

    /** Writes Hugging Face folders of {@code pytorch_model.bin}, sharded by size, for what cannot read safetensors. */
    static CheckpointWriter bin() {
        return new FolderWriter(WeightKind.TORCH);
    }

    /**
     * Writes one GGUF file of version 3 for llama.cpp and its kin: weights in the types that the checkpoint's tensors have,
     * vectors in F32, with the settings, the vocabulary, the chat template and hashes that {@link Verification} checks. To
     * write other types, give it a checkpoint that has them.
     */
    static CheckpointWriter gguf() {
        return new GgufWriter();
    }

    /**
     * Writes the model into a folder that does not exist yet or is empty, or a file that does not exist yet. It appears
     * under its name when everything is on disk; on failure or cancellation nothing is left behind.
     *
     * @throws IllegalArgumentException when the folder holds something or the file is there, or the model cannot be said in this format
     * @throws io.github.hanllama.core.error.BackendException when the disk is full or cannot be written
     * @throws io.github.hanllama.core.error.LlamaException when the checkpoint cannot be read
     * @throws java.util.concurrent.CancellationException when cancelled or interrupted
     */
    WriteReport write(Checkpoint checkpoint, Path target, WriteOptions options);
}
