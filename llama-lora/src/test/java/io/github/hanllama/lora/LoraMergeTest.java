package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.config.RopeScaling;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.HalfFloats;
import io.github.hanllama.testdata.TestData;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraMergeTest {
    private static final String Q_PROJ = "model.layers.0.self_attn.q_proj.weight";
    private static final String DOWN_PROJ = "model.layers.0.mlp.down_proj.weight";

    @TempDir
    Path folder;

    @Test
    void synthetic_equalsTheF32Reference() {
        try (Checkpoint merged = mergedSynthetic();
                SafetensorsFile reference = reference("hf_safetensors_f32")) {
            assertThat(merged.tensors()).hasSameSizeAs(reference.tensors());
            for (TensorInfo info : merged.tensors()) {
                float[] expected = Values.of(reference.tensor(info.name()));
                assertThat(Values.largestDifference(Values.of(merged, info.name()), expected))
                        .as(info.name())
                        .isLessThan(1e-6);
            }
        }
    }

    @Test
    void synthetic_growsTheVocabularyAndTakesTheTokenizer() {
        try (Checkpoint merged = mergedSynthetic()) {
            assertThat(merged.config().vocabSize()).isEqualTo(640);
            assertThat(merged.tokenizer().orElseThrow().vocabularySize()).isEqualTo(640);
            assertThat(merged.tensor("model.embed_tokens.weight").info().shape())
                    .containsExactly(640L, 64L);
            assertThat(merged.companionFiles())
                    .extracting(file -> file.getFileName().toString())
                    .containsExactly("tokenizer.model");
            assertThat(merged.weightFiles())
                    .extracting(file -> file.getFileName().toString())
                    .containsExactly("model.safetensors", "adapter_model.safetensors");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void sumOrder_isDefinedToTheBit(DType dtype) {
        try (SafetensorsFile golden = SafetensorsFile.open(TestData.path("golden/lora_sum_order.safetensors"))) {
            float scale = (float) (Double.parseDouble(golden.metadata().get("alpha")) / 64);
            Tensor base = golden.tensor("base." + dtype);
            Tensor merged = new RoundedTensor(
                    base.info(),
                    new LowRankRows(
                            base,
                            new AddLowRank(golden.tensor("a"), golden.tensor("b"), scale, false, Optional.empty())),
                    "golden");

            assertThat(Values.stored(merged)).isEqualTo(Values.stored(golden.tensor("merged." + dtype)));
        }
    }

    @Test
    void anyTilesAndThreads_giveTheSameBits() {
        try (Checkpoint merged = tinyMerged(DType.BF16)) {
            Tensor tensor = merged.tensor(Q_PROJ);
            float[] whole = Values.of(tensor);

            float[] rowByRow = new float[whole.length];
            IntStream.range(0, TinyModel.WIDTH)
                    .parallel()
                    .forEach(row -> tensor.readRows(
                            row,
                            row + 1,
                            (first, count, values) ->
                                    System.arraycopy(values, 0, rowByRow, row * TinyModel.WIDTH, TinyModel.WIDTH)));

            assertThat(rowByRow).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void rowsInF32_areTheStoredOnes(DType dtype) {
        try (Checkpoint merged = tinyMerged(dtype)) {
            Tensor tensor = merged.tensor(Q_PROJ);

            assertThat(tensor.info().dtype()).isEqualTo(dtype);
            assertThat(tensor.raw()).isEmpty();
            assertThat(Values.of(tensor)).isEqualTo(Values.of(Values.reloaded(tensor)));
        }
    }

    @Test
    void base_isNotTouched() {
        TensorInfo info = new TensorInfo("w", List.of(4L, 8L), DType.F32);
        float[] shared = new float[32];
        Arrays.fill(shared, 1);
        Tensor live = new LiveTensor(info, shared);
        Tensor factors = MemoryTensor.of(new TensorInfo("f", List.of(1L, 8L), DType.F32), filled(8, 1));
        Tensor column = MemoryTensor.of(new TensorInfo("c", List.of(4L, 1L), DType.F32), filled(4, 1));
        var change = new AddLowRank(factors, column, 3, false, Optional.empty());

        float[] merged = Values.of(new RoundedTensor(info, new LowRankRows(live, change), "test"));

        assertThat(merged).containsOnly(4);
        assertThat(shared).containsOnly(1);
    }

    @Test
    void untouched_passesRaw() {
        try (Checkpoint merged = tinyMerged(DType.F16)) {
            assertThat(merged.tensor(DOWN_PROJ).raw()).isPresent();
            assertThat(merged.tensor("model.norm.weight").raw()).isPresent();
        }
    }

    @Test
    void replacedInTheSameType_passesRaw() {
        AdapterFolder adapter = adapter("a").pairs(TinyModel.WIDTH).vocabulary(20, TinyModel.WIDTH);
        try (Checkpoint merged = adapter.open().mergeInto(TinyModel.of(DType.F32, 16))) {
            assertThat(merged.tensor("lm_head.weight").raw()).isPresent();
            assertThat(merged.tensor("lm_head.weight").info().name()).isEqualTo("lm_head.weight");
        }
    }

    @Test
    void replaced_isCastOnceToTheBasesType() {
        AdapterFolder adapter = adapter("a").pairs(TinyModel.WIDTH).vocabulary(20, TinyModel.WIDTH);
        try (LoraWeights weights = adapter.open();
                Checkpoint merged = weights.mergeInto(TinyModel.of(DType.BF16, 16));
                SafetensorsFile stored = SafetensorsFile.open(weights.file())) {
            float[] own = Values.of(stored.tensor(AdapterFolder.PREFIX + "lm_head.weight"));
            for (int i = 0; i < own.length; i++) {
                own[i] = HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(own[i]));
            }

            assertThat(merged.tensor("lm_head.weight").info().dtype()).isEqualTo(DType.BF16);
            assertThat(Values.of(merged, "lm_head.weight")).isEqualTo(own);
        }
    }

    @Test
    void ac10_tooLargeForTheType_isRefusedWithTheCount() {
        AdapterFolder adapter = adapter("a").pairs(TinyModel.WIDTH).set("lora_alpha", "1000000");
        try (Checkpoint merged = adapter.open().mergeInto(TinyModel.of(DType.F16, 16))) {
            assertThatThrownBy(() -> Values.of(merged, Q_PROJ))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageMatching(
                            "a: " + Q_PROJ + ": \\d+ of the values in rows 0\\.\\.7 are infinite or not numbers as F16"
                                    + " after merging; is it the right base\\?");
        }
        try (Checkpoint merged = adapter.open().mergeInto(TinyModel.of(DType.F32, 16))) {
            assertThat(Values.of(merged, Q_PROJ)).isNotEmpty();
        }
    }

    @Test
    void dora_stretchesRowsToTheirMagnitude() {
        AdapterFolder adapter = adapter("a").set("use_dora", "true").pairs(TinyModel.WIDTH);
        for (String module : List.of("0.self_attn.q", "0.self_attn.v", "1.self_attn.q", "1.self_attn.v")) {
            adapter.tensor(
                    AdapterFolder.PREFIX + "model.layers." + module + "_proj.lora_magnitude_vector",
                    DType.F32,
                    new float[] {1, 2, 3, 4, 5, 6, 7, 8},
                    8);
        }
        try (Checkpoint merged = adapter.open().mergeInto(TinyModel.of(DType.F32, 16))) {
            float[] values = Values.of(merged, Q_PROJ);
            for (int row = 0; row < TinyModel.WIDTH; row++) {
                double squares = 0;
                for (int i = 0; i < TinyModel.WIDTH; i++) {
                    squares += Math.pow(values[row * TinyModel.WIDTH + i], 2);
                }
                assertThat(Math.sqrt(squares)).isCloseTo(row + 1, within(1e-5));
            }
        }
    }

    @Test
    void tiedHead_staysTiedWhenOnlyTheEmbeddingComes() {
        AdapterFolder adapter = adapter("a")
                .pairs(TinyModel.WIDTH)
                .random(AdapterFolder.PREFIX + "model.embed_tokens.weight", 20, TinyModel.WIDTH);
        try (Checkpoint merged = adapter.open().mergeInto(TinyModel.tied(DType.F32, 16))) {
            assertThat(merged.config().tieWordEmbeddings()).isTrue();
            assertThat(merged.config().vocabSize()).isEqualTo(20);
            assertThat(merged.contains("lm_head.weight")).isFalse();
        }
    }

    @Test
    void tiedHead_isUntiedByAHeadOfItsOwn() {
        AdapterFolder adapter = adapter("a")
                .pairs(TinyModel.WIDTH)
                .random(AdapterFolder.PREFIX + "lm_head.weight", 16, TinyModel.WIDTH);
        TinyModel base = TinyModel.tied(DType.F16, 16);
        try (Checkpoint merged = adapter.open().mergeInto(base)) {
            assertThat(merged.config().tieWordEmbeddings()).isFalse();
            assertThat(merged.tensor("lm_head.weight").info().dtype()).isEqualTo(DType.F16);
            assertThat(Values.of(merged, "lm_head.weight")).isNotEqualTo(Values.of(base, "model.embed_tokens.weight"));
            assertThat(Values.of(merged, "model.embed_tokens.weight"))
                    .isEqualTo(Values.of(base, "model.embed_tokens.weight"));
        }
    }

    @Test
    void tiedHead_isUntiedByAPairOnTheHead() {
        AdapterFolder adapter =
                adapter("a").set("target_modules", "[\"lm_head\"]").pair("lm_head", 16, 2, TinyModel.WIDTH);
        TinyModel base = TinyModel.tied(DType.F32, 16);
        try (Checkpoint merged = adapter.open().mergeInto(base)) {
            assertThat(merged.config().tieWordEmbeddings()).isFalse();
            assertThat(merged.tensors()).extracting(TensorInfo::name).endsWith("lm_head.weight");
            assertThat(Values.of(merged, "lm_head.weight")).isNotEqualTo(Values.of(base, "model.embed_tokens.weight"));
            assertThat(merged.tensor("model.embed_tokens.weight").raw()).isPresent();
        }
    }

    @Test
    void tiedHead_isUntiedByAPairOnTheEmbedding() {
        TinyModel base = TinyModel.tied(DType.F32, 16);
        try (Checkpoint merged = embeddingPair(16).open().mergeInto(base)) {
            assertThat(merged.config().tieWordEmbeddings()).isFalse();
            assertThat(Values.of(merged, "lm_head.weight")).isEqualTo(Values.of(base, "model.embed_tokens.weight"));
            assertThat(Values.of(merged, "model.embed_tokens.weight"))
                    .isNotEqualTo(Values.of(base, "model.embed_tokens.weight"));
        }
    }

    @Test
    void tiedHead_growsWithTheEmbeddingThatAPairIsOn() {
        AdapterFolder adapter = embeddingPair(20)
                .random(AdapterFolder.PREFIX + "model.embed_tokens.base_layer.weight", 20, TinyModel.WIDTH);
        try (LoraWeights weights = adapter.open();
                Checkpoint merged = weights.mergeInto(TinyModel.tied(DType.F32, 16))) {
            assertThat(merged.config().vocabSize()).isEqualTo(20);
            assertThat(Values.of(merged, "lm_head.weight"))
                    .isEqualTo(
                            Values.of(weights.whole("model.embed_tokens.weight").orElseThrow()));
            assertThat(merged.tensor("model.embed_tokens.weight").info().rows()).isEqualTo(20);
        }
    }

    private AdapterFolder embeddingPair(int vocabSize) {
        return adapter("a")
                .set("target_modules", "[\"embed_tokens\"]")
                .random(AdapterFolder.PREFIX + "model.embed_tokens.lora_embedding_A", 2, vocabSize)
                .random(AdapterFolder.PREFIX + "model.embed_tokens.lora_embedding_B", TinyModel.WIDTH, 2);
    }

    @Test
    void configurationOfALongerContext_isTakenOver() {
        AdapterFolder adapter = adapter("a")
                .pairs(TinyModel.WIDTH)
                .file(
                        "config.json",
                        "{\"model_type\": \"llama\", \"hidden_size\": 8, \"num_hidden_layers\": 2,"
                                + " \"num_attention_heads\": 2, \"max_position_embeddings\": 16384,"
                                + " \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}}");
        try (Checkpoint merged = adapter.open().mergeInto(TinyModel.of(DType.F32, 16))) {
            assertThat(merged.config().maxPositionEmbeddings()).isEqualTo(16384);
            assertThat(merged.config().ropeScaling()).isEqualTo(new RopeScaling.Linear(4));
        }
    }

    @Test
    void ac7_configurationOfAnotherModel_isRefused() {
        AdapterFolder adapter = adapter("a")
                .pairs(TinyModel.WIDTH)
                .file(
                        "config.json",
                        "{\"model_type\": \"llama\", \"hidden_size\": 16, \"num_hidden_layers\": 2,"
                                + " \"num_attention_heads\": 2}");
        TinyModel base = TinyModel.of(DType.F32, 16);
        try (LoraWeights weights = adapter.open()) {
            assertThatThrownBy(() -> weights.mergeInto(base))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessage(
                            "a does not fit tiny: it was made for a model with hidden_size 16 (its config.json), but"
                                    + " the base has 8");
        }
    }

    @Test
    void close_closesBoth() {
        TinyModel base = TinyModel.of(DType.F32, 16);
        FolderFiles files = adapter("a").pairs(TinyModel.WIDTH).files();
        Checkpoint merged = files.open().mergeInto(base);

        merged.close();
        merged.close();

        assertThat(base.closed).isTrue();
        assertThat(files.closed).isTrue();
        assertThatThrownBy(() -> merged.tensor(Q_PROJ)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void identity_standsForBaseAndAdapter() {
        try (Checkpoint one = tinyMerged(DType.F32);
                Checkpoint same = tinyMerged(DType.F32);
                Checkpoint other = adapter("b")
                        .set("lora_alpha", "5")
                        .pairs(TinyModel.WIDTH)
                        .open()
                        .mergeInto(TinyModel.of(DType.F32, 16))) {
            assertThat(one.identity()).matches("[0-9a-f]{64}").isEqualTo(same.identity());
            assertThat(other.identity()).isNotEqualTo(one.identity());
        }
    }

    @Test
    void fileIdentity_standsForFilesOfTheBaseAndTheAdapter() {
        try (Checkpoint one = tinyMerged(DType.F32);
                Checkpoint same = tinyMerged(DType.F32);
                Checkpoint other = adapter("b")
                        .set("lora_alpha", "5")
                        .pairs(TinyModel.WIDTH)
                        .open()
                        .mergeInto(TinyModel.of(DType.F32, 16))) {
            assertThat(one.fileIdentity()).isPresent().isEqualTo(same.fileIdentity());
            assertThat(other.fileIdentity()).isPresent().isNotEqualTo(one.fileIdentity());
            assertThat(one.fileIdentity()).isNotEqualTo(Optional.of(one.identity()));
        }
    }

    @Test
    void tensorThatIsNotThere_isTheCallersMistake() {
        try (Checkpoint merged = tinyMerged(DType.F32)) {
            assertThatThrownBy(() -> merged.tensor("nothing"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tiny + a has no tensor nothing");
        }
    }

    private AdapterFolder adapter(String name) {
        return new AdapterFolder(folder.resolve(name));
    }

    private Checkpoint tinyMerged(DType dtype) {
        return adapter("a").pairs(TinyModel.WIDTH).open().mergeInto(TinyModel.of(dtype, 16));
    }

    private static Checkpoint mergedSynthetic() {
        Checkpoint base = Checkpoints.open(FolderFiles.of(TestData.path("synthetic/base/hf_safetensors_f32")));
        return FolderFiles.of(TestData.path("synthetic/lora_a")).open().mergeInto(base);
    }

    private static SafetensorsFile reference(String name) {
        return SafetensorsFile.open(
                TestData.path("synthetic/merged_a").resolve(name).resolve("model.safetensors"));
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }

    /** Hands out the very array it keeps. */
    private record LiveTensor(TensorInfo info, float[] values) implements Tensor {
        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void readRows(long from, long to, RowSink sink) {
            sink.accept(0, (int) info.rows(), values);
        }

        @Override
        public void readStoredRows(long from, long to, StoredRowSink sink) {
            throw new UnsupportedOperationException();
        }
    }
}
