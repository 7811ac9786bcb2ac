package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every result beside one computed in f64, element by element, from the numbers in the files. */
class WeightChangesTest {
    private static final int WIDTH = TinyModel.WIDTH;
    private static final String QUERY = TensorNames.weight(1, Module.Q_PROJ);
    private static final double[] WEIGHTS = {0.7, -0.4, 1.5};

    @TempDir
    private Path folder;

    private final TinyModel base = TinyModel.of(DType.F32, 20);
    private final ExactDeltas exact = new ExactDeltas(base, QUERY);
    private WrittenAdapters made;

    @BeforeEach
    void begin() {
        made = new WrittenAdapters(folder);
    }

    @Test
    void linear_isTheWeightedSum_ofPlainAndRsLora() {
        List<LoraAdapter> adapters = List.of(made.plain("a", 0), made.rsLora("b"), made.plain("c", 9));

        try (WeightChanges changes = mixed(adapters, MixMethod.LINEAR)) {
            double[][] deltas = exact.deltas(adapters);
            assertClose(changes, element -> sum(deltas, element, p -> WEIGHTS[p]), 1e-6);
            assertThat(Values.of(changes.merged().tensor(TensorNames.LM_HEAD)))
                    .isEqualTo(Values.of(base, TensorNames.LM_HEAD));
        }
    }

    @Test
    void linear_ofDora_isTheWeightedSumOfWhatItReallyAdds() {
        List<LoraAdapter> adapters = List.of(made.dora("a"), made.plain("b", 3));

        try (WeightChanges changes = mixed(adapters, MixMethod.LINEAR)) {
            double[][] deltas = exact.deltas(adapters);
            assertClose(changes, element -> sum(deltas, element, p -> WEIGHTS[p]), 2e-6);
            assertThat(deltas[0]).isNotEqualTo(exact.deltas(List.of(made.plain("c", 0)))[0]);
        }
    }

    @Test
    void linear_ofBiases_movesThem() {
        Path bias = TestData.path("peft_kinds/base_bias");
        LoraAdapter adapter = LoraAdapter.of(TestData.path("peft_kinds/bias_all"));
        try (Checkpoint below = Llama.from(bias).openCheckpoint();
                Checkpoint whole = Llama.from(bias).adapt(adapter).openCheckpoint();
                WeightChanges changes =
                        WeightChanges.of(below, List.of(new WeightedAdapter(adapter, 0.5)), MixMethod.LINEAR)) {
            String name = TensorNames.bias(0, Module.Q_PROJ);
            float[] expected = Values.of(below, name);
            float[] moved = Values.of(whole, name);
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (float) (0.5 * expected[i] + 0.5 * moved[i]);
            }
            assertThat(moved).isNotEqualTo(Values.of(below, name));
            assertThat(Values.largestDifference(Values.of(changes.merged().tensor(name)), expected))
                    .isLessThan(1e-6);
        }
    }

    @Test
    void ties_trimsElectsAndAverages() {
        List<LoraAdapter> adapters = List.of(made.plain("a", 0), made.rsLora("b"), made.plain("c", 9));
        double density = 0.3;

        try (WeightChanges changes = mixed(adapters, new MixMethod.Ties(density, 0.8))) {
            double[][] deltas = exact.deltas(adapters);
            double[][] kept = new double[deltas.length][];
            for (int p = 0; p < deltas.length; p++) {
                double[] sorted =
                        Arrays.stream(deltas[p]).map(Math::abs).sorted().toArray();
                double threshold = sorted[sorted.length - (int) Math.ceil(density * sorted.length)] * (1 - 1e-6);
                double weight = WEIGHTS[p];
                kept[p] = Arrays.stream(deltas[p])
                        .map(value -> Math.abs(value) >= threshold ? weight * value : 0)
                        .toArray();
            }
            assertClose(changes, element -> 0.8 * elected(kept, element), 1e-6);
        }
    }

    private static double elected(double[][] kept, int element) {
        double mass = 0;
        for (double[] values : kept) {
            mass += values[element];
        }
        double sum = 0;
        double weights = 0;
        for (int p = 0; p < kept.length; p++) {
            if (Math.signum(kept[p][element]) == Math.signum(mass) && mass != 0) {
                sum += kept[p][element];
                weights += Math.abs(WEIGHTS[p]);
            }
        }
        return weights == 0 ? 0 : sum / weights;
    }

    @Test
    void ties_ofEverything_keepsEverything() {
        List<LoraAdapter> adapters = List.of(made.plain("a", 0));

        try (WeightChanges ties = WeightChanges.of(
                        base, List.of(new WeightedAdapter(adapters.getFirst(), 1)), new MixMethod.Ties(1, 1));
                WeightChanges linear = WeightChanges.of(
                        base, List.of(new WeightedAdapter(adapters.getFirst(), 1)), MixMethod.LINEAR)) {
            assertThat(Values.of(ties.merged().tensor(QUERY)))
                    .isEqualTo(Values.of(linear.merged().tensor(QUERY)));
        }
    }

    @Test
    void dare_dropsByChance_andEnlargesTheRest() {
        List<LoraAdapter> adapters = List.of(made.plain("a", 0), made.plain("b", 5));
        double density = 0.4;

        try (WeightChanges changes = mixed(adapters, new MixMethod.Dare(density, 11));
                WeightChanges again = mixed(adapters, new MixMethod.Dare(density, 11));
                WeightChanges other = mixed(adapters, new MixMethod.Dare(density, 12))) {
            double[][] deltas = exact.deltas(adapters);
            assertClose(
                    changes,
                    element -> sum(
                            deltas,
                            element,
                            p -> Chance.of(11, p, QUERY, element) < density ? WEIGHTS[p] / density : 0),
                    2e-6);
            assertThat(Values.of(again.merged().tensor(QUERY)))
                    .isEqualTo(Values.of(changes.merged().tensor(QUERY)));
            assertThat(Values.of(other.merged().tensor(QUERY)))
                    .isNotEqualTo(Values.of(changes.merged().tensor(QUERY)));
        }
    }

    @Test
    void chance_keepsAboutTheShareAskedFor_inEachStream() {
        for (int stream = 0; stream < 3; stream++) {
            int kept = 0;
            for (int i = 0; i < 20_000; i++) {
                kept += Chance.of(1, stream, QUERY, i) < 0.25 ? 1 : 0;
            }
            assertThat(kept).isBetween(4800, 5200);
        }
    }

    @Test
    void writeAdapter_withoutARank_isExact_andOpensAsAnAdapter() {
        List<LoraAdapter> adapters = List.of(made.plain("a", 0), made.rsLora("b"));
        Path written = folder.resolve("both");
        try (WeightChanges changes = mixed(adapters, MixMethod.LINEAR)) {
            List<ChangeReport> reports = changes.writeAdapter(written, OptionalInt.empty(), WriteOptions.DEFAULT);

            assertThat(reports).hasSize(4).allSatisfy(report -> {
                assertThat(report.rank()).isEqualTo(4);
                assertThat(report.error()).isLessThan(1e-6 * report.norm());
            });
            try (LoraWeights opened = FolderFiles.of(written).open()) {
                Checkpoint merged = opened.mergeInto(base);
                assertThat(opened.config().scale("model.layers.0.self_attn.q_proj"))
                        .isEqualTo(1);
                assertThat(Values.largestDifference(
                                Values.of(merged, QUERY),
                                Values.of(changes.merged().tensor(QUERY))))
                        .isLessThan(1e-6);
            }
        }
    }

    @Test
    void writeAdapter_withoutARank_isRefused_whereThereIsNone() {
        try (WeightChanges changes = mixed(List.of(made.dora("a")), MixMethod.LINEAR)) {
            assertThatThrownBy(
                            () -> changes.writeAdapter(folder.resolve("x"), OptionalInt.empty(), WriteOptions.DEFAULT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no smaller rank than the matrix; name the rank");
        }
        assertThat(folder.resolve("x")).doesNotExist();
    }

    /** Hadamard's matrix has columns at right angles, so that the singular values are those put in. */
    @Test
    void extract_leavesOutTheSmallestSingularValues() {
        double[] singular = {5, 4, 3, 2, 1, 0.5, 0.25, 0.125};
        TinyModel tuned = with(QUERY, tunedBy(singular));
        for (int rank = 1; rank < WIDTH; rank++) {
            Path written = folder.resolve("rank" + rank);
            double left =
                    Math.sqrt(Arrays.stream(singular).skip(rank).map(s -> s * s).sum());
            try (WeightChanges changes = WeightChanges.between(base, tuned)) {
                List<ChangeReport> reports = changes.writeAdapter(written, OptionalInt.of(rank), WriteOptions.DEFAULT);

                assertThat(reports).hasSize(1);
                assertThat(reports.getFirst().error()).isCloseTo(left, offset(2e-6));
            }
            try (LoraWeights opened = FolderFiles.of(written).open()) {
                float[] merged = Values.of(opened.mergeInto(base), QUERY);
                float[] expected = Values.of(tuned, QUERY);
                double squares = 0;
                for (int i = 0; i < merged.length; i++) {
                    squares += Math.pow((double) merged[i] - expected[i], 2);
                }
                assertThat(Math.sqrt(squares)).isCloseTo(left, offset(1e-5));
            }
        }
    }

    @Test
    void anAdapterOfASmallerRank_leavesOutTheSmallestSingularValue() {
        try (WeightChanges changes = mixed(List.of(made.plain("a", 0)), MixMethod.LINEAR)) {
            ChangeReport whole = of(changes.report(2), QUERY);
            ChangeReport half =
                    of(changes.writeAdapter(folder.resolve("half"), OptionalInt.of(1), WriteOptions.DEFAULT), QUERY);

            // of two singular values that give the norm, the one left out is the error, and both give the entropy
            double kept = Math.sqrt(Math.pow(half.norm(), 2) - Math.pow(half.error(), 2));
            double share = half.error() / (half.error() + kept);
            double entropy = -share * Math.log(share) - (1 - share) * Math.log(1 - share);
            assertThat(whole.error()).isLessThan(1e-6);
            assertThat(half.rank()).isEqualTo(1);
            assertThat(whole.effectiveRank()).isCloseTo(Math.exp(entropy), offset(1e-5));
        }
    }

    private static ChangeReport of(List<ChangeReport> reports, String tensor) {
        return reports.stream()
                .filter(report -> report.tensor().equals(tensor))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void trainedBiases_areAdded() {
        Path model = TestData.path("peft_kinds/base_bias");
        LoraAdapter adapter = LoraAdapter.of(TestData.path("peft_kinds/lora_bias"));
        String name = TensorNames.bias(0, Module.Q_PROJ);
        try (Checkpoint below = Llama.from(model).openCheckpoint();
                Checkpoint once = Llama.from(model).adapt(adapter).openCheckpoint();
                WeightChanges changes =
                        WeightChanges.of(below, List.of(new WeightedAdapter(adapter, 2)), MixMethod.LINEAR)) {
            float[] expected = Values.of(below, name);
            float[] merged = Values.of(once, name);
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (float) (expected[i] + 2.0 * (merged[i] - expected[i]));
            }
            assertThat(Values.largestDifference(Values.of(changes.merged().tensor(name)), expected))
                    .isLessThan(1e-5);
            assertThat(merged).isNotEqualTo(Values.of(below, name));
        }
    }

    @Test
    void theHeadOfATiedModel_isRefused() {
        LoraAdapter adapter = made.grown("a", 0, 24);
        List<WeightedAdapter> adapters = List.of(new WeightedAdapter(adapter, 1));

        assertThatThrownBy(() -> WeightChanges.of(TinyModel.tied(DType.F32, 20), adapters, MixMethod.LINEAR))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("which is its head, too");
    }

    @Test
    void extract_ofAMergedAdapter_findsItAgain() {
        LoraAdapter adapter = made.plain("a", 0);
        Checkpoint merged = ((LoraWeights) adapter.open(FolderFiles.of(folder.resolve("a")))).mergeInto(base);

        try (WeightChanges changes = WeightChanges.between(base, merged)) {
            List<ChangeReport> reports =
                    changes.writeAdapter(folder.resolve("again"), OptionalInt.of(2), WriteOptions.DEFAULT);

            assertThat(reports).extracting(ChangeReport::tensor).contains(QUERY).doesNotContain(TensorNames.NORM);
            assertThat(reports).hasSize(4).allSatisfy(report -> assertThat(report.error())
                    .isLessThan(1e-5));
        }
    }

    @Test
    void extract_bringsWholeWhatIsNoMatrix_andGrownEmbeddings() {
        TinyModel tuned = with(TensorNames.NORM, scaled(TensorNames.NORM, 1.25f));
        TensorInfo grown = new TensorInfo(TensorNames.EMBED_TOKENS, List.of(22L, (long) WIDTH), DType.F32);
        tuned = with(tuned, TensorNames.EMBED_TOKENS, MemoryTensor.of(grown, new float[22 * WIDTH]));
        Path written = folder.resolve("whole");
        try (WeightChanges changes = WeightChanges.between(base, tuned)) {
            List<ChangeReport> reports = changes.writeAdapter(written, OptionalInt.of(2), WriteOptions.DEFAULT);

            assertThat(reports).extracting(ChangeReport::rank).containsOnly(0);
        }
        try (LoraWeights opened = FolderFiles.of(written).open()) {
            assertThat(opened.changedTensors()).containsExactlyInAnyOrder(TensorNames.NORM, TensorNames.EMBED_TOKENS);
            assertThat(Values.of(opened.whole(TensorNames.NORM).orElseThrow()))
                    .isEqualTo(Values.of(scaled(TensorNames.NORM, 1.25f)));
        }
    }

    @Test
    void embeddings_areMixedWhereTheBaseHasThem_andAveragedWhereItHasNot() {
        LoraAdapter first = made.grown("a", 0, 24);
        LoraAdapter second = made.grown("b", 50, 24);
        double[] weights = {0.25, 0.5};

        try (LoraWeights one = FolderFiles.of(folder.resolve("a")).open();
                LoraWeights other = FolderFiles.of(folder.resolve("b")).open();
                WeightChanges changes = WeightChanges.of(
                        base,
                        List.of(new WeightedAdapter(first, weights[0]), new WeightedAdapter(second, weights[1])),
                        MixMethod.LINEAR)) {
            float[] a = Values.of(one.whole(TensorNames.LM_HEAD).orElseThrow());
            float[] b = Values.of(other.whole(TensorNames.LM_HEAD).orElseThrow());
            float[] below = Values.of(base, TensorNames.LM_HEAD);
            float[] expected = new float[24 * WIDTH];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (float)
                        (i < below.length
                                ? below[i] + 0.25 * (a[i] - below[i]) + 0.5 * (b[i] - below[i])
                                : (0.25 * a[i] + 0.5 * b[i]) / 0.75);
            }
            Checkpoint merged = changes.merged();
            assertThat(Values.largestDifference(Values.of(merged, TensorNames.LM_HEAD), expected))
                    .isLessThan(1e-6);
            assertThat(merged.config().vocabSize()).isEqualTo(24);
        }
    }

    @Test
    void adaptersOfTwoVocabularies_areRefused() {
        List<LoraAdapter> adapters = List.of(made.grown("a", 0, 24), made.grown("b", 50, 25));

        assertThatThrownBy(() -> mixed(adapters, MixMethod.LINEAR))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("the adapters bring different vocabularies, [24, 8] and [25, 8]");
    }

    @Test
    void report_measuresWhatIsAdded() {
        List<LoraAdapter> adapters = List.of(made.plain("a", 0));
        try (WeightChanges changes =
                WeightChanges.of(base, List.of(new WeightedAdapter(adapters.getFirst(), 1)), MixMethod.LINEAR)) {
            ChangeReport report = changes.report(1).stream()
                    .filter(change -> change.tensor().equals(QUERY))
                    .findFirst()
                    .orElseThrow();
            double norm = norm(exact.deltas(adapters)[0]);
            double weight = 0;
            for (float value : Values.of(base, QUERY)) {
                weight += (double) value * value;
            }

            assertThat(report.norm()).isCloseTo(norm, offset(1e-6));
            assertThat(report.relativeNorm()).isCloseTo(norm / Math.sqrt(weight), offset(1e-6));
            assertThat(report.effectiveRank()).isBetween(1.0, 2.0);
            assertThat(report.error()).isBetween(1e-3, norm);
        }
        assertThat(ChangeReport.effectiveRank(new double[] {2, 2, 2, 2, 0})).isCloseTo(4, offset(1e-12));
    }

    @Test
    void between_modelsOfOtherShapes_isRefused() {
        try (Checkpoint other = Llama.from(TestData.path("hf/mha/base")).openCheckpoint()) {
            assertThatThrownBy(() -> WeightChanges.between(base, other))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageContaining("is not tuned from tiny: ");
        }
    }

    @Test
    void merged_isWrittenLikeAnyModel() {
        Path written = folder.resolve("model");
        Path model = TestData.path("synthetic/base/hf_bin_2shard");
        LoraAdapter adapter = LoraAdapter.of(TestData.path("synthetic/lora_a"));
        try (Checkpoint below = Llama.from(model).openCheckpoint();
                WeightChanges changes =
                        WeightChanges.of(below, List.of(new WeightedAdapter(adapter, 1)), MixMethod.LINEAR)) {
            CheckpointWriter.safetensors().write(changes.merged(), written, WriteOptions.DEFAULT);
        }

        try (Checkpoint opened = Llama.from(written).openCheckpoint();
                Checkpoint expected = Llama.from(model).adapt(adapter).openCheckpoint()) {
            for (TensorInfo info : expected.tensors()) {
                assertThat(opened.tensor(info.name()).info()).isEqualTo(info);
                assertThat(Values.largestDifference(Values.of(opened, info.name()), Values.of(expected, info.name())))
                        .as(info.name())
                        .isLessThan(2e-3); // one unit in the last place of f16
            }
            assertThat(opened.tokenizer().orElseThrow().vocabularySize()).isEqualTo(640);
        }
    }

    @Test
    void refusedValues() {
        assertThatThrownBy(() -> new MixMethod.Ties(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MixMethod.Dare(1.1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WeightedAdapter(LoraAdapter.of(folder), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WeightChanges.of(base, List.of(), MixMethod.LINEAR))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private WeightChanges mixed(List<LoraAdapter> adapters, MixMethod method) {
        List<WeightedAdapter> weighted = new ArrayList<>();
        for (int i = 0; i < adapters.size(); i++) {
            weighted.add(new WeightedAdapter(adapters.get(i), WEIGHTS[i]));
        }
        return WeightChanges.of(base, weighted, method);
    }

    private void assertClose(WeightChanges changes, ElementOf expected, double tolerance) {
        float[] found = Values.of(changes.merged().tensor(QUERY));
        float[] below = Values.of(base, QUERY);
        float[] sums = new float[found.length];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = (float) (below[i] + expected.of(i));
        }
        assertThat(Values.largestDifference(found, sums)).isLessThan(tolerance);
        assertThat(found).isNotEqualTo(below);
    }

    private interface ElementOf {
        double of(int element);
    }

    private static double sum(double[][] deltas, int element, WeightOf weight) {
        double sum = 0;
        for (int p = 0; p < deltas.length; p++) {
            sum += weight.of(p) * deltas[p][element];
        }
        return sum;
    }

    private interface WeightOf {
        double of(int adapter);
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    }

    private Tensor tunedBy(double[] singular) {
        float[] values = Values.of(base, QUERY);
        for (int i = 0; i < values.length; i++) {
            double delta = 0;
            for (int k = 0; k < WIDTH; k++) {
                delta += singular[k] * hadamard(i / WIDTH, k) * hadamard(k ^ 3, i % WIDTH);
            }
            values[i] += (float) (delta / WIDTH);
        }
        return MemoryTensor.of(base.tensor(QUERY).info(), values);
    }

    private static double hadamard(int row, int column) {
        return Integer.bitCount(row & column) % 2 == 0 ? 1 : -1;
    }

    private Tensor scaled(String name, float factor) {
        float[] values = Values.of(base, name);
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        return MemoryTensor.of(base.tensor(name).info(), values);
    }

    private TinyModel with(String name, Tensor tensor) {
        return with(base, name, tensor);
    }

    private static TinyModel with(TinyModel model, String name, Tensor tensor) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        model.tensors().forEach(info -> tensors.put(info.name(), model.tensor(info.name())));
        tensors.put(name, tensor);
        return TinyModel.of(model.config(), tensors);
    }
}
