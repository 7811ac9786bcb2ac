package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
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

    @Test
    void linear_isTheWeightedSum_ofPlainAndRsLora() {
        List<LoraAdapter> adapters = List.of(plain("a", 0), rsLora("b"), plain("c", 9));

        try (WeightChanges changes = mixed(adapters, MixMethod.LINEAR)) {
            double[][] deltas = deltas(adapters);
            assertClose(changes, element -> sum(deltas, element, p -> WEIGHTS[p]), 1e-6);
            assertThat(Values.of(changes.merged().tensor(TensorNames.LM_HEAD)))
                    .isEqualTo(Values.of(base, TensorNames.LM_HEAD));
        }
    }

    @Test
    void linear_ofDora_isTheWeightedSumOfWhatItReallyAdds() {
        List<LoraAdapter> adapters = List.of(dora("a"), plain("b", 3));

        try (WeightChanges changes = mixed(adapters, MixMethod.LINEAR)) {
            double[][] deltas = deltas(adapters);
            assertClose(changes, element -> sum(deltas, element, p -> WEIGHTS[p]), 2e-6);
            assertThat(deltas[0]).isNotEqualTo(deltas(List.of(plain("c", 0)))[0]);
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
        List<LoraAdapter> adapters = List.of(plain("a", 0), rsLora("b"), plain("c", 9));
        double density = 0.3;

        try (WeightChanges changes = mixed(adapters, new MixMethod.Ties(density, 0.8))) {
            double[][] deltas = deltas(adapters);
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
        List<LoraAdapter> adapters = List.of(plain("a", 0));

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
        List<LoraAdapter> adapters = List.of(plain("a", 0), plain("b", 5));
        double density = 0.4;

        try (WeightChanges changes = mixed(adapters, new MixMethod.Dare(density, 11));
                WeightChanges again = mixed(adapters, new MixMethod.Dare(density, 11));
                WeightChanges other = mixed(adapters, new MixMethod.Dare(density, 12))) {
            double[][] deltas = deltas(adapters);
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
        List<LoraAdapter> adapters = List.of(plain("a", 0), rsLora("b"));
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
        try (WeightChanges changes = mixed(List.of(dora("a")), MixMethod.LINEAR)) {
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
        try (WeightChanges changes = mixed(List.of(plain("a", 0)), MixMethod.LINEAR)) {
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
        LoraAdapter adapter = grown("a", 0, 24);
        List<WeightedAdapter> adapters = List.of(new WeightedAdapter(adapter, 1));

        assertThatThrownBy(() -> WeightChanges.of(TinyModel.tied(DType.F32, 20), adapters, MixMethod.LINEAR))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("which is its head, too");
    }

    @Test
    void extract_ofAMergedAdapter_findsItAgain() {
        LoraAdapter adapter = plain("a", 0);
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
        LoraAdapter first = grown("a", 0, 24);
        LoraAdapter second = grown("b", 50, 24);
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
        List<LoraAdapter> adapters = List.of(grown("a", 0, 24), grown("b", 50, 25));

        assertThatThrownBy(() -> mixed(adapters, MixMethod.LINEAR))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("the adapters bring different vocabularies, [24, 8] and [25, 8]");
    }

    @Test
    void report_measuresWhatIsAdded() {
        List<LoraAdapter> adapters = List.of(plain("a", 0));
        try (WeightChanges changes =
                WeightChanges.of(base, List.of(new WeightedAdapter(adapters.getFirst(), 1)), MixMethod.LINEAR)) {
            ChangeReport report = changes.report(1).stream()
                    .filter(change -> change.tensor().equals(QUERY))
                    .findFirst()
                    .orElseThrow();
            double norm = norm(deltas(adapters)[0]);
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
    void removeFrom_givesTheMappedBaseBack_toTheBit() {
        LoraAdapter first = plain("a", 0);
        LoraAdapter second = plain("b", 5);
        byte[] before = Values.stored(base.tensor(QUERY));
        Checkpoint merged = open("b").mergeInto(open("a").mergeInto(base));

        Checkpoint withoutLast = second.removeFrom(merged);
        Checkpoint alone = open("a").mergeInto(base);
        assertThat(Values.stored(withoutLast.tensor(QUERY))).isEqualTo(Values.stored(alone.tensor(QUERY)));

        Checkpoint back = first.removeFrom(withoutLast);
        assertThat(Values.stored(back.tensor(QUERY))).isEqualTo(before);
        assertThat(back).isSameAs(base);
        assertThatThrownBy(() -> merged.tensor(QUERY)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void removeFrom_takesOneOutOfTheMiddle() {
        LoraAdapter first = plain("a", 0);
        plain("b", 5);
        Checkpoint merged = open("b").mergeInto(open("a").mergeInto(base));

        Checkpoint rest = first.removeFrom(merged);
        Checkpoint expected = open("b").mergeInto(base);

        assertThat(Values.stored(rest.tensor(QUERY))).isEqualTo(Values.stored(expected.tensor(QUERY)));
        assertThat(rest.tensor(QUERY).info().dtype()).isEqualTo(DType.F32);
    }

    @Test
    void removeFrom_ofAModelMergedElsewhere_subtracts() {
        LoraAdapter adapter = plain("a", 0);
        Checkpoint merged = open("a").mergeInto(base);
        Map<String, Tensor> copies = new LinkedHashMap<>();
        merged.tensors().forEach(info -> copies.put(info.name(), Values.reloaded(merged.tensor(info.name()))));
        TinyModel files = TinyModel.of(base.config(), copies);

        try (Checkpoint rest = adapter.removeFrom(files)) {
            assertThat(Values.largestDifference(Values.of(rest, QUERY), Values.of(base, QUERY)))
                    .isLessThan(1e-6);
        }
        assertThat(files.closed).isTrue();
    }

    @Test
    void removeFrom_ofWhatIsLost_isRefused() {
        LoraAdapter grown = grown("a", 0, 24);
        LoraAdapter dora = dora("b");

        assertThatThrownBy(() -> grown.removeFrom(TinyModel.of(DType.F32, 24)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("what was there before is not in tiny; open the base instead");
        assertThatThrownBy(() -> dora.removeFrom(base))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("stretches rows");
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

    /** What each adapter adds to the query projection, from its factors in f64. */
    private double[][] deltas(List<LoraAdapter> adapters) {
        return adapters.stream().map(this::delta).toArray(double[][]::new);
    }

    private double[] delta(LoraAdapter adapter) {
        try (LoraWeights weights = (LoraWeights)
                adapter.open(FolderFiles.of(Path.of(adapter.source().describe())))) {
            AddLowRank pair = weights.addition(QUERY).orElseThrow();
            float[] a = Values.of(pair.a());
            float[] b = Values.of(pair.b());
            int rank = (int) pair.a().info().rows();
            double[] delta = new double[WIDTH * WIDTH];
            for (int i = 0; i < delta.length; i++) {
                for (int k = 0; k < rank; k++) {
                    delta[i] += (double) b[i / WIDTH * rank + k] * a[k * WIDTH + i % WIDTH];
                }
                delta[i] *= pair.scale();
            }
            pair.magnitude().ifPresent(lengths -> stretch(delta, Values.of(lengths)));
            return delta;
        }
    }

    /** DoRA: the sum of base and delta, each row at the length that was trained, minus the base. */
    private void stretch(double[] delta, float[] lengths) {
        float[] below = Values.of(base, QUERY);
        for (int row = 0; row < WIDTH; row++) {
            double squares = 0;
            for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
                squares += Math.pow(below[i] + delta[i], 2);
            }
            double factor = lengths[row] / Math.sqrt(squares);
            for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++) {
                delta[i] = factor * (below[i] + delta[i]) - below[i];
            }
        }
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    }

    private LoraWeights open(String name) {
        return FolderFiles.of(folder.resolve(name)).open();
    }

    private LoraAdapter plain(String name, int skipped) {
        return written(name, draft(name, skipped).pairs(WIDTH));
    }

    private LoraAdapter rsLora(String name) {
        return written(name, draft(name, 4).set("use_rslora", "true").pairs(WIDTH));
    }

    private LoraAdapter dora(String name) {
        AdapterFolder draft = draft(name, 0).set("use_dora", "true").pairs(WIDTH);
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            for (String module : List.of("q_proj", "v_proj")) {
                draft.random(
                        AdapterFolder.PREFIX + "model.layers." + layer + ".self_attn." + module
                                + ".lora_magnitude_vector",
                        WIDTH);
            }
        }
        return written(name, draft);
    }

    private LoraAdapter grown(String name, int skipped, int rows) {
        return written(
                name,
                draft(name, skipped)
                        .set("modules_to_save", "[\"embed_tokens\", \"lm_head\"]")
                        .pairs(WIDTH)
                        .vocabulary(rows, WIDTH));
    }

    /** Random numbers start somewhere else for each adapter. */
    private AdapterFolder draft(String name, int skipped) {
        return new AdapterFolder(folder.resolve(name))
                .random("skipped", skipped + 1)
                .remove("skipped");
    }

    private LoraAdapter written(String name, AdapterFolder draft) {
        draft.files();
        return LoraAdapter.of(folder.resolve(name));
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
