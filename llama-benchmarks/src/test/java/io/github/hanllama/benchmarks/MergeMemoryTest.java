package io.github.hanllama.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.lora.LoraAdapter;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeMemoryTest {
    @TempDir
    Path folder;

    @Test
    void discardingWriter_mergedSparseFiles_seesEveryByte() throws IOException {
        LlamaConfig config = MergeMemory.config("tiny");
        SparseShards files = new SparseShards(config);
        files.writeMeta(folder.resolve("base"), 2);
        files.writeAdapter(folder.resolve("adapter"), 4, 32123);

        try (Checkpoint merged = Llama.from(folder.resolve("base"))
                .adapt(LoraAdapter.of(folder.resolve("adapter")))
                .openCheckpoint()) {
            DiscardingWriter writer = new DiscardingWriter();
            writer.write(merged, folder, WriteOptions.DEFAULT);

            assertThat(merged.config().vocabSize()).isEqualTo(32123);
            assertThat(writer.bytes())
                    .isEqualTo(merged.tensors().stream()
                            .mapToLong(TensorInfo::bytes)
                            .sum());
        }
    }
}
