package io.github.hanllama.lora;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.LlamaBuilder;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.ChildJvm;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;

/** Merges, quantizes and writes the tiny model in a process of its own, slowly enough to be killed while it does. */
final class MergingProcess {
    static final String WRITING = "writing";

    private static final int STEP_MILLIS = 8; // about 50 steps

    private MergingProcess() {}

    /** Where the result goes, and as what. */
    enum Way {
        GGUF,
        SAFETENSORS,
        CACHE;

        void run(Path output, ProgressListener listener) {
            LlamaBuilder builder = Llama.from(TestData.path("synthetic/base/hf_safetensors_f32"))
                    .adapt(LoraAdapter.of(TestData.path("synthetic/lora_a")))
                    .onProgress(listener);
            if (this != SAFETENSORS) {
                builder.quantize(QuantRecipe.Q8_0);
            }
            if (this == CACHE) {
                builder.mergeCache(output).openCheckpoint().close();
                return;
            }
            CheckpointWriter writer = this == GGUF ? CheckpointWriter.gguf() : CheckpointWriter.safetensors();
            try (Checkpoint merged = builder.openCheckpoint()) {
                writer.write(merged, output, WriteOptions.DEFAULT.listener(listener));
            }
        }
    }

    /** Says {@link #WRITING} when it begins to write. */
    static Process start(Way way, Path output) throws IOException {
        return ChildJvm.of(MergingProcess.class, way.name(), output.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    public static void main(String[] args) {
        Way.valueOf(args[0]).run(Path.of(args[1]), MergingProcess::slow);
    }

    private static void slow(Progress progress) {
        System.out.println(WRITING);
        try {
            Thread.sleep(STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
