package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.quant.BlockCodec;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters over a base in blocks: computed in f32 of what the blocks stand for, quantized once when written. */
class GgufBaseTest {
    private static final String BASE = "gguf/tiny-llama-q4_0.gguf";
    private static final String ADAPTER = "synthetic/lora_a";
    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj.weight";
    private static final String NORM = "model.layers.0.input_layernorm.weight";

    @TempDir
    Path folder;

    private static Checkpoint merged(Path base) {
        return Llama.from(base).adapt(TestData.path(ADAPTER)).openCheckpoint();
    }

    @Test
    void merge_equalsThatOverTheDequantizedBase() {
        Path plain = folder.resolve("f32");
        try (Checkpoint base = Llama.from(TestData.path(BASE)).openCheckpoint()) {
            CheckpointWriter.safetensors().write(base, plain, WriteOptions.DEFAULT.dtype(DType.F32));
        }
        try (Checkpoint expected = merged(plain);
                Checkpoint actual = merged(TestData.path(BASE))) {
            assertThat(actual.config().vocabSize()).isEqualTo(640);
            List<TensorInfo> inF32 = actual.tensors().stream()
                    .filter(info -> info.dtype() == DType.F32) // others round to a type of their own
                    .toList();
            assertThat(inF32).extracting(TensorInfo::name).contains(Q_PROJ);
            for (TensorInfo info : inF32) {
                assertThat(Values.of(actual, info.name()))
                        .as(info.name())
                        .containsExactly(Values.of(expected, info.name()));
            }
        }
    }

    @Test
    void written_isQuantizedOnceToTheTypeOfTheBase() {
        Path file = folder.resolve("merged.gguf");
        try (Checkpoint merged = merged(TestData.path(BASE))) {
            assertThat(merged.tensor(Q_PROJ).info().dtype()).isEqualTo(DType.F32);
            assertThat(merged.writtenType(Q_PROJ)).isEqualTo(DType.Q4_0);
            CheckpointWriter.gguf().write(merged, file, WriteOptions.DEFAULT);
            try (Checkpoint written = Llama.from(file).openCheckpoint()) {
                assertThat(written.tensor(Q_PROJ).info().dtype()).isEqualTo(DType.Q4_0);
                assertThat(Values.of(written, Q_PROJ)).containsExactly(quantizedOnce(merged.tensor(Q_PROJ)));
                assertThat(Values.of(written, NORM)).containsExactly(Values.of(merged, NORM));
                assertThat(written.tokenizer().orElseThrow().encode("白日依山尽"))
                        .isEqualTo(merged.tokenizer().orElseThrow().encode("白日依山尽"));
            }
        }
    }

    private static float[] quantizedOnce(Tensor tensor) {
        float[] values = Values.of(tensor);
        BlockCodec codec = BlockCodec.of(DType.Q4_0);
        MemorySegment blocks = MemorySegment.ofArray(new byte[(int) DType.Q4_0.bytes(values.length)]);
        codec.quantize(values, 0, values.length, blocks, 0);
        codec.dequantize(blocks, 0, values, 0, values.length);
        return values;
    }
}
