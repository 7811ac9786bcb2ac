package io.github.hanllama.core.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.QuantRecipe;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Execution(ExecutionMode.CONCURRENT)
class QuantizedCheckpointTest {
    private static final String WIDE = "hf/wide_256/base";
    private static final String DOWN = TensorNames.weight(0, Module.DOWN_PROJ);

    /** llama.cpp quantized the same model: every tensor has the same type and, stored, the same bytes. */
    @NeedsData({
        "gguf/wide_256/Q4_0.gguf",
        "gguf/wide_256/Q5_0.gguf",
        "gguf/wide_256/Q8_0.gguf",
        "gguf/wide_256/Q6_K.gguf"
    })
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q5_0", "Q8_0", "Q6_K", "Q4_K_M"})
    void of_givesWhatLlamaCppWrites(QuantRecipe recipe) {
        try (Checkpoint quantized = quantized(WIDE, QuantOptions.of(recipe));
                Checkpoint expected = open("gguf/wide_256/" + recipe + ".gguf")) {
            assertThat(quantized.tensors()).containsExactlyInAnyOrderElementsOf(expected.tensors());
            for (TensorInfo info : expected.tensors()) {
                assertThat(stored(quantized.tensor(info.name())))
                        .as(info.name())
                        .isEqualTo(stored(expected.tensor(info.name())));
            }
        }
    }

    @Test
    void readRows_givesWhatIsStored() {
        try (Checkpoint quantized = quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_K_M));
                Checkpoint expected = open("gguf/wide_256/Q4_K_M.gguf")) {
            assertThat(numbers(quantized.tensor(DOWN))).isEqualTo(numbers(expected.tensor(DOWN)));
        }
    }

    @Test
    void of_theSameTypes_passesTensorsThrough() {
        try (Checkpoint quantized = quantized(WIDE, QuantOptions.of(QuantRecipe.BF16))) {
            assertThat(quantized.tensor(DOWN).raw()).isPresent();
            assertThat(quantized.tensor(TensorNames.NORM).info().dtype()).isEqualTo(DType.F32);
        }
    }

    @Test
    void report_knowsTypesAndSizesBeforeAnythingIsRead() {
        try (QuantizedCheckpoint quantized = quantized(WIDE, QuantOptions.of(QuantRecipe.Q8_0))) {
            QuantReport report = quantized.report();
            assertThat(report.bytes())
                    .isEqualTo(quantized.tensors().stream()
                            .mapToLong(TensorInfo::bytes)
                            .sum());
            assertThat(report.bitsPerWeight()).isBetween(8.5, 8.6); // norms are f32
            assertThat(report.fallbacks()).isEmpty();
            assertThat(report.fallbackNotice()).isEmpty();
            assertThat(report.loss()).isEqualTo(TensorLoss.NONE);
            assertThat(tensor(report, DOWN).from()).isEqualTo(DType.BF16);
            assertThat(tensor(report, DOWN).bitsPerWeight()).isEqualTo(8.5);
        }
    }

    @Test
    void report_measured_saysWhatWasLost() {
        try (QuantizedCheckpoint quantized =
                quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_0).measuring())) {
            float[] after = numbers(quantized.tensor(DOWN));
            float[] before = numbers(WIDE, DOWN);
            double squares = 0;
            double errors = 0;
            double max = 0;
            for (int i = 0; i < before.length; i++) {
                double error = (double) after[i] - before[i];
                errors += error * error;
                squares += (double) before[i] * before[i];
                max = Math.max(max, Math.abs(error));
            }
            TensorLoss loss = tensor(quantized.report(), DOWN).loss();
            assertThat(loss.numbers()).isEqualTo(before.length);
            assertThat(loss.rmse()).isCloseTo(Math.sqrt(errors / before.length), within(1e-12));
            assertThat(loss.relativeError()).isCloseTo(Math.sqrt(errors / squares), within(1e-9));
            assertThat(loss.relativeError()).isBetween(0.05, 0.15);
            assertThat(loss.maxError()).isEqualTo(max);
            assertThat(quantized.report().loss()).isEqualTo(loss); // nothing else was read
        }
    }

    @Test
    void report_narrowModel_saysWhichTensorsFellBack() {
        try (QuantizedCheckpoint quantized = quantized("hf/mha/base", QuantOptions.of(QuantRecipe.Q4_K_M))) {
            assertThat(quantized.report().fallbackNotice()).hasValueSatisfying(notice -> assertThat(notice)
                    .contains("that Q4_K_M asks for")
                    .startsWith("16 of 21 tensors")
                    .contains("the 64 columns do not fill them"));
        }
    }

    @Test
    void identity_dependsOnRecipeAndImportance() {
        try (QuantizedCheckpoint small = quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_0));
                QuantizedCheckpoint same = quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_0));
                QuantizedCheckpoint larger = quantized(WIDE, QuantOptions.of(QuantRecipe.Q5_0));
                QuantizedCheckpoint weighted =
                        quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_0).importance(importance(512)))) {
            assertThat(small.identity()).isEqualTo(same.identity()).hasSize(64);
            assertThat(small.identity()).isNotEqualTo(larger.identity()).isNotEqualTo(weighted.identity());
        }
    }

    /** The columns that count lose less, at the expense of the others. */
    @Test
    void of_importance_sparesWhatMatters() {
        try (QuantizedCheckpoint plain = quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_K_S));
                QuantizedCheckpoint weighted =
                        quantized(WIDE, QuantOptions.of(QuantRecipe.Q4_K_S).importance(importance(512)))) {
            assertThat(error(weighted, 0)).isLessThan(0.95 * error(plain, 0));
            assertThat(error(weighted, 1)).isGreaterThan(error(plain, 1));
        }
    }

    /** Of even or of odd columns. */
    private static double error(Checkpoint quantized, int parity) {
        float[] after = numbers(quantized.tensor(DOWN));
        float[] before = numbers(WIDE, DOWN);
        double sum = 0;
        for (int i = parity; i < after.length; i += 2) {
            sum += Math.pow(after[i] - before[i], 2);
        }
        return Math.sqrt(sum);
    }

    private static ImportanceMatrix importance(int columns) {
        float[] even = new float[columns];
        Arrays.fill(even, 0.01f);
        for (int i = 0; i < columns; i += 2) {
            even[i] = 1;
        }
        return new ImportanceMatrix("test", new HashMap<>(Map.of(DOWN, even)));
    }

    private static TensorReport tensor(QuantReport report, String name) {
        return report.tensors().stream()
                .filter(tensor -> tensor.info().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static QuantizedCheckpoint quantized(String fixture, QuantOptions options) {
        return QuantizedCheckpoint.of(open(fixture), options);
    }

    private static Checkpoint open(String fixture) {
        return Checkpoints.open(
                ModelSources.path(TestData.path(fixture)).resolve(ProgressListener.NONE, new Cancellation()));
    }

    private static byte[] stored(Tensor tensor) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        tensor.readStoredRows(
                0, tensor.info().rows(), (first, count, bytes) -> all.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
        return all.toByteArray();
    }

    private static float[] numbers(String fixture, String name) {
        try (Checkpoint checkpoint = open(fixture)) {
            return numbers(checkpoint.tensor(name));
        }
    }

    private static float[] numbers(Tensor tensor) {
        int rowLength = (int) tensor.info().rowLength();
        float[] all = new float[(int) tensor.info().elements()];
        tensor.readRows(
                0,
                tensor.info().rows(),
                (first, count, values) -> System.arraycopy(values, 0, all, (int) first * rowLength, count * rowLength));
        return all;
    }
}
