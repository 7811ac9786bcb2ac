package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.huggingface.HfPlan;
import io.github.hanllama.core.checkpoint.huggingface.PatchPlan;
import io.github.hanllama.core.checkpoint.huggingface.RowQuantizedPlan;
import io.github.hanllama.core.checkpoint.llamacpp.GgufPartsPlan;
import io.github.hanllama.core.checkpoint.llamacpp.GgufWriter;
import io.github.hanllama.core.checkpoint.meta.MetaPlan;
import io.github.hanllama.core.checkpoint.write.FolderPlan;
import io.github.hanllama.core.checkpoint.write.FolderWriter;
import io.github.hanllama.quant.RowQuantization;
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
        return hf(WeightKind.SAFETENSORS);
    }

    /** Writes Hugging Face folders of {@code pytorch_model.bin}, sharded by size, for what cannot read safetensors. */
    static CheckpointWriter bin() {
        return hf(WeightKind.TORCH);
    }

    private static CheckpointWriter hf(WeightKind kind) {
        return folder((_, checkpoint, options) -> new HfPlan(kind, checkpoint, options));
    }

    /** As {@link #meta(MetaLayout)}, with as many files as Meta's model of that width has. */
    static CheckpointWriter meta() {
        return meta(MetaLayout.DEFAULT);
    }

    /**
     * Writes Meta's folders, {@code params.json} and {@code consolidated.NN.pth}, for Meta's own code and its kin. What
     * {@code params.json} has no words for, the context or most scalings of the rotary frequencies, is reported, and kept
     * in the manifest for our own reader.
     */
    static CheckpointWriter meta(MetaLayout layout) {
        return folder((_, checkpoint, options) -> new MetaPlan(layout, checkpoint, options));
    }

    /**
     * Writes one GGUF file of version 3 for llama.cpp and its kin: weights in the types that the checkpoint's tensors have,
     * vectors in F32, with the settings, the vocabulary, the chat template and hashes that {@link Verification} checks. To
     * write other types, give it a checkpoint that has them.
     */
    static CheckpointWriter gguf() {
        return GgufWriter::write;
    }

    /**
     * As {@link #gguf()}, but a folder of files none of which is larger than {@link WriteOptions#maxShardBytes}, named and
     * numbered as llama.cpp reads them, with a manifest.
     */
    static CheckpointWriter ggufParts() {
        return folder(GgufPartsPlan::new);
    }

    /**
     * Writes the matrices of the layers as whole numbers of 8 or 4 bits with a scale for each row, as ChatGLM and Chinese-LlaMA2
     * quantize them, and the rest in f16: Hugging Face folders of safetensors with {@code weight} in I8 and {@code weight_scale}.
     * Read back, they are the f16 weights that the original computes with.
     */
    static CheckpointWriter rowQuantized(RowQuantization kind) {
        return folder((_, checkpoint, options) -> new RowQuantizedPlan(kind, checkpoint, options));
    }

    /**
     * Writes differences in OpenChineseLLaMA's layout: {@code pytorch_model-1-of-32.bin} and so on, a file for each layer,
     * with a {@code patch_history.json}, and the hash that tells the right base from others. Shards have no other size.
     *
     * @param baseContentSha256 what {@link Checkpoints#contentSha256} says of the base
     */
    static CheckpointWriter patch(String baseContentSha256) {
        return folder((_, checkpoint, options) -> new PatchPlan(baseContentSha256, checkpoint, options));
    }

    private static CheckpointWriter folder(FolderPlan.Planner planner) {
        return new FolderWriter(planner)::write;
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
