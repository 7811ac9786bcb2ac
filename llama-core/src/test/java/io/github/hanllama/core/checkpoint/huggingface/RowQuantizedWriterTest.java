package io.github.hanllama.core.checkpoint.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.DerivedCheckpoint;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.Verification;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.view.StoredTensor;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.HalfFloats;
import io.github.hanllama.quant.RowQuantization;
import io.github.hanllama.quant.StoredFloats;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RowQuantizedWriterTest {
    private static final String PROJECTION = TensorNames.weight(1, TensorNames.Module.DOWN_PROJ);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void written_andRead_isTheDequantizedModel(RowQuantization kind) {
        Path target = write(kind, "synthetic/base/hf_bin_2shard");

        try (Checkpoint base = open("synthetic/base/hf_bin_2shard");
                Checkpoint read = Llama.from(target).openCheckpoint()) {
            assertThat(read.tensors().stream().map(TensorInfo::name))
                    .containsExactlyInAnyOrderElementsOf(
                            base.tensors().stream().map(TensorInfo::name).toList());
            Tensor tensor = read.tensor(PROJECTION);
            assertThat(tensor.info()).isEqualTo(base.tensor(PROJECTION).info());
            float[] expected = values(base.tensor(PROJECTION));
            int columns = (int) tensor.info().rowLength();
            byte[] packed = new byte[kind.bytes(columns)];
            for (int row = 0; row < tensor.info().rows(); row++) {
                short scale = kind.quantize(expected, row * columns, columns, packed, 0);
                kind.dequantize(packed, 0, columns, scale, expected, row * columns);
            }
            assertThat(values(tensor)).isEqualTo(expected);
            assertThat(values(read.tensor(TensorNames.LM_HEAD))).isEqualTo(values(base.tensor(TensorNames.LM_HEAD)));
        }
    }

    @ParameterizedTest
    @CsvSource({"INT8, 64", "INT4, 32"})
    void stored_asTheOriginalKeepsIt(RowQuantization kind, long bytesPerRow) throws IOException {
        Path target = write(kind, "synthetic/base/hf_bin_2shard");
        String name = TensorNames.weight(0, TensorNames.Module.Q_PROJ);

        try (SafetensorsFile file = SafetensorsFile.open(target.resolve("model.safetensors"))) {
            assertThat(file.tensor(name).info()).isEqualTo(new TensorInfo(name, List.of(64L, bytesPerRow), DType.I8));
            assertThat(file.tensor(name + "_scale").info())
                    .isEqualTo(new TensorInfo(name + "_scale", List.of(64L), DType.F16));
        }
        assertThat(Files.readString(target.resolve("config.json")))
                .contains("\"quantization_bit\": " + kind.bits(), "\"torch_dtype\": \"float16\"");
        assertThat(Verification.of(target, ProgressListener.NONE, new Cancellation())
                        .differences())
                .isEmpty();
    }

    @Test
    void aBf16Model_isRoundedToF16First() {
        Path target = write(RowQuantization.INT8, "hf/gqa_bf16/base");

        try (Checkpoint base = open("hf/gqa_bf16/base");
                Checkpoint read = Llama.from(target).openCheckpoint()) {
            float[] halves = values(base.tensor(TensorNames.EMBED_TOKENS));
            for (int i = 0; i < halves.length; i++) {
                halves[i] = HalfFloats.f16ToFloat(HalfFloats.floatToF16(halves[i]));
            }
            assertThat(values(read.tensor(TensorNames.EMBED_TOKENS))).isEqualTo(halves);
        }
    }

    @Test
    void int8_writesTheTextOfTheModel() {
        Path target = write(RowQuantization.INT8, "models/stories260k-hf");

        assertThat(text(target))
                .isEqualTo(text(TestData.path("models/stories260k-hf")))
                .startsWith(", there was a");
    }

    private static String text(Path model) {
        try (Generator generator = Llama.load(model)) {
            GenerationConfig config =
                    GenerationConfig.GREEDY.toBuilder().maxNewTokens(12).build();
            return generator.generate("Once upon a time", config).text();
        }
    }

    @Test
    void aMatrixOfAnotherWidth_isRefused() throws IOException {
        Path target = write(RowQuantization.INT8, "synthetic/base/hf_bin_2shard");
        Path config = target.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"intermediate_size\": 176", "\"intermediate_size\": 180"));

        assertThatThrownBy(() -> Llama.from(target).openCheckpoint())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("gate_proj.weight: expected I8 numbers for [180, 64]")
                .hasMessageContaining("found I8 [176, 64] and F16 [176]");
    }

    @Test
    void anotherType_isRefused() {
        try (Checkpoint base = open("synthetic/base/hf_bin_2shard")) {
            WriteOptions options = WriteOptions.DEFAULT.dtype(DType.F32);

            assertThatThrownBy(() -> CheckpointWriter.rowQuantized(RowQuantization.INT8)
                            .write(base, folder.resolve("model"), options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("dtype was F32");
        }
    }

    @Test
    void valuesTooLargeForF16_areNamed_andNothingIsLeft() {
        try (Checkpoint base = new LargeWeights(open("synthetic/base/hf_bin_2shard"))) {
            assertThatThrownBy(() -> CheckpointWriter.rowQuantized(RowQuantization.INT8)
                            .write(base, folder.resolve("model"), WriteOptions.DEFAULT))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining(
                            "down_proj.weight: row 0 as F16: expected finite numbers of f16, found -Infinity");
        }
        assertThat(folder).isEmptyDirectory();
    }

    /** Every matrix times ten million. */
    private static final class LargeWeights extends DerivedCheckpoint {
        LargeWeights(Checkpoint base) {
            super(base, large(base));
        }

        private static SequencedMap<String, Tensor> large(Checkpoint base) {
            SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
            base.tensors().forEach(info -> tensors.put(info.name(), base.tensor(info.name())));
            Tensor tensor = base.tensor(PROJECTION);
            tensors.put(
                    PROJECTION,
                    new StoredTensor(new TensorInfo(PROJECTION, tensor.info().shape(), DType.F32)) {
                        @Override
                        public void readStoredRows(long from, long to, StoredRowSink sink) {
                            tensor.readRows(from, to, (first, count, values) -> {
                                int length = count * (int) info().rowLength();
                                float[] large = Arrays.copyOf(values, length);
                                for (int i = 0; i < length; i++) {
                                    large[i] *= 1e7f;
                                }
                                MemorySegment bytes = MemorySegment.ofArray(new byte[length * Float.BYTES]);
                                StoredFloats.write(DType.F32, large, 0, length, bytes, 0);
                                sink.accept(first, count, bytes);
                            });
                        }
                    });
            return tensors;
        }

        @Override
        public String identity() {
            return "large";
        }
    }

    private Path write(RowQuantization kind, String model) {
        Path target = folder.resolve("model");
        try (Checkpoint base = open(model)) {
            CheckpointWriter.rowQuantized(kind).write(base, target, WriteOptions.DEFAULT);
        }
        return target;
    }

    private static Checkpoint open(String path) {
        return Llama.from(TestData.path(path)).openCheckpoint();
    }

    private static float[] values(Tensor tensor) {
        float[] result = new float[(int) tensor.info().elements()];
        int length = (int) tensor.info().rowLength();
        tensor.readRows(
                0,
                tensor.info().rows(),
                (first, count, values) -> System.arraycopy(values, 0, result, (int) first * length, count * length));
        return result;
    }
}
