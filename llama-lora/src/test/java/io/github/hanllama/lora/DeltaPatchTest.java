package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.CheckpointWriter;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.error.AdapterMismatchException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.lora.CatalogueModel.Kind;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.HalfFloats;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeltaPatchTest {
    private static final Path BASE = TestData.path("synthetic/base/hf_bin_2shard");
    private static final Path PATCH = TestData.path("patch");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.INCLUDE,
            names = {"META_1_SHARD", "META_2_SHARDS", "HF_BIN", "SAFETENSORS_F32"})
    void apply_isTorchToTheBit(SyntheticBase base) throws Exception {
        JsonNode golden = golden().get("patched");
        try (Checkpoint patched = DeltaPatch.of(PATCH).apply(base.open())) {
            assertThat(patched.tensors()).hasSameSizeAs(golden);
            for (TensorInfo info : patched.tensors()) {
                assertThat(info.dtype()).isEqualTo(DType.F16);
                assertThat(sha256(patched, info.name())).as(info.name()).isEqualTo(text(golden, info.name()));
            }
        }
    }

    @Test
    void anF32Base_addsInF32() {
        try (Checkpoint base = open("synthetic/base/hf_safetensors_f32");
                Checkpoint patched = DeltaPatch.of(PATCH).apply(open("synthetic/base/hf_safetensors_f32"));
                PatchWeights patch = (PatchWeights) DeltaPatch.of(PATCH).open(FolderFiles.of(PATCH))) {
            String name = "model.layers.0.self_attn.q_proj.weight";
            float[] expected = Values.of(base, name);
            float[] deltas = Values.of(patch.tensors().get(name));
            for (int i = 0; i < expected.length; i++) {
                expected[i] += deltas[i];
            }
            assertThat(patched.tensor(name).info().dtype()).isEqualTo(DType.F32);
            assertThat(Values.of(patched, name)).isEqualTo(expected);
        }
    }

    @Test
    void settings_areTheBases() {
        try (Checkpoint patched = Llama.from(BASE).adapt(PATCH).openCheckpoint()) {
            assertThat(patched.config().bosTokenId()).hasValue(1);
            assertThat(patched.tokenizer().orElseThrow().vocabularySize()).isEqualTo(512);
            assertThat(patched.companionFiles()).containsExactly(BASE.resolve("tokenizer.model"));
            assertThat(patched.weightFiles()).hasSize(4);
        }
    }

    @Test
    void create_isTorchToTheBit_andItsWrittenFilesGiveTheModelBack() throws Exception {
        Path written = folder.resolve("patch");
        JsonNode golden = golden();
        try (Checkpoint base = open("synthetic/base/hf_bin_2shard");
                Checkpoint tuned = Llama.from(BASE).adapt(PATCH).openCheckpoint();
                PatchDifference difference = DeltaPatch.create(base, tuned)) {
            for (TensorInfo info : difference.tensors()) {
                assertThat(sha256(difference, info.name()))
                        .as(info.name())
                        .isEqualTo(text(golden.get("difference"), info.name()));
            }

            difference.write(written, WriteOptions.DEFAULT);

            try (Checkpoint again = Llama.from(BASE).adapt(written).openCheckpoint()) {
                long different = 0;
                for (TensorInfo info : tuned.tensors()) {
                    different += EqualTensors.differences(again.tensor(info.name()), tuned.tensor(info.name()));
                }
                assertThat(difference.inexact()).isEqualTo(different).isLessThan(2000);
                assertThat(again.config()).isEqualTo(tuned.config());
            }
        }
        assertThat(names(written))
                .contains("pytorch_model-1-of-2.bin", "pytorch_model-2-of-2.bin", "patch_history.json", "config.json");
    }

    @Test
    void inexact_countsTheWeightsThatComeBackOtherwise() {
        TinyModel base = TinyModel.of(DType.F16, 300);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Random random = new Random(1);
        for (TensorInfo info : base.tensors()) {
            float[] values = Values.of(base, info.name());
            for (int i = 0; i < values.length; i++) {
                values[i] *= random.nextFloat() < 0.5f ? 300 * random.nextFloat() : 1e-4f;
            }
            tensors.put(info.name(), MemoryTensor.of(info, values));
        }
        TinyModel tuned = TinyModel.of(base.config(), tensors);
        PatchDifference difference = DeltaPatch.create(base, tuned);
        long expected = 0;
        for (TensorInfo info : base.tensors()) {
            float[] deltas = Values.of(Values.reloaded(difference.tensor(info.name())));
            float[] below = Values.of(base, info.name());
            float[] wanted = Values.of(tuned, info.name());
            for (int i = 0; i < deltas.length; i++) {
                float sum = HalfFloats.f16ToFloat(HalfFloats.floatToF16(below[i] + deltas[i]));
                expected += sum == wanted[i] ? 0 : 1;
            }
        }

        assertThat(expected).isPositive();
        assertThat(difference.inexact()).isEqualTo(expected);
    }

    @Test
    void theFilesOfThePatch_areOnlyRead() throws Exception {
        Path copy = copy();
        byte[] before = Files.readAllBytes(copy.resolve("pytorch_model-1-of-2.bin"));
        try (Checkpoint patched = Llama.from(BASE).adapt(copy).openCheckpoint()) {
            CheckpointWriter.bin().write(patched, folder.resolve("model"), WriteOptions.DEFAULT);
        }

        assertThat(copy.resolve("pytorch_model-1-of-2.bin")).hasBinaryContent(before);
        assertThat(copy.resolve("patch_history.json")).content().doesNotContain("true");
    }

    @Test
    void twice_isRefused() throws Exception {
        try (Checkpoint once = DeltaPatch.of(PATCH).apply(open("synthetic/base/hf_bin_2shard"))) {
            assertThatThrownBy(() -> DeltaPatch.of(PATCH).apply(once))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageContaining("it is already part of it; apply it once");
            CheckpointWriter.safetensors().write(once, folder.resolve("model"), WriteOptions.DEFAULT);
        }

        assertThatThrownBy(
                        () -> Llama.from(folder.resolve("model")).adapt(PATCH).openCheckpoint())
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("it is already part of it");
    }

    @Test
    void anotherBaseOfTheSameShapes_isRefused_byItsSums() {
        Random random = new Random(5);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (Checkpoint base = open("synthetic/base/hf_bin_2shard")) {
            for (TensorInfo info : base.tensors()) {
                float[] values = new float[(int) info.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian() / 4;
                }
                tensors.put(info.name(), MemoryTensor.of(info, values));
            }
            Checkpoint other = TinyModel.of(base.config(), tensors);

            assertThatThrownBy(() -> DeltaPatch.of(PATCH).apply(other))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageContaining("was made from another model of these shapes")
                    .hasMessageMatching(".*here \\d+ of \\d+ \\([67]\\d\\.\\d %\\) do");
        }
    }

    @Test
    void anotherBase_isRefused_byTheHashOfAPatchOfOurs() {
        Path written = folder.resolve("patch");
        try (Checkpoint base = open("synthetic/base/hf_bin_2shard");
                Checkpoint tuned = Llama.from(BASE).adapt(PATCH).openCheckpoint()) {
            DeltaPatch.create(base, tuned).write(written, WriteOptions.DEFAULT);
        }

        assertThatThrownBy(() -> Llama.from(TestData.path("synthetic/base/hf_safetensors_f32"))
                        .adapt(written)
                        .openCheckpoint())
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("was made from a base with the content SHA-256");
    }

    @Test
    void aModelOfOtherShapes_isRefused() {
        assertThatThrownBy(() ->
                        Llama.from(TestData.path("hf/mha/base")).adapt(PATCH).openCheckpoint())
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("was made from another model;")
                .hasMessageContaining("tensors differ: ");
    }

    @Test
    void create_ofOtherShapes_isRefused() {
        try (Checkpoint base = open("synthetic/base/hf_bin_2shard");
                Checkpoint other = open("synthetic/base/hf_safetensors_f32")) {
            assertThatThrownBy(() -> DeltaPatch.create(base, other))
                    .isInstanceOf(AdapterMismatchException.class)
                    .hasMessageContaining("model.embed_tokens.weight F32 [512, 64] on F16 [512, 64]");
        }
    }

    @Test
    void filesPatchedInPlace_areRefused() throws Exception {
        Path copy = copy();
        Files.writeString(
                copy.resolve("patch_history.json"),
                "{\"pytorch_model-1-of-2.bin\": true, \"pytorch_model-2-of-2.bin\": true}");

        assertThatThrownBy(() -> Llama.from(BASE).adapt(copy).openCheckpoint())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("have been patched in place already");
    }

    @Test
    void filesPatchedHalf_areNeitherPatchNorModel() throws Exception {
        Path copy = copy();
        Files.writeString(
                copy.resolve("patch_history.json"),
                "{\"pytorch_model-1-of-2.bin\": true, \"pytorch_model-2-of-2.bin\": false}");

        assertThatThrownBy(() -> Llama.from(BASE).adapt(copy).openCheckpoint())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("1 of 2 files have been patched in place, so they are neither");
        assertThatThrownBy(() -> Llama.from(copy).openCheckpoint())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("neither a patch nor a model");
    }

    @Test
    void aPatchAlone_isNoModel() {
        assertThatThrownBy(() -> Llama.from(PATCH).openCheckpoint())
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("is a patch, the difference of a model to its base");
    }

    @Test
    void aMissingFile_isNamed() throws Exception {
        Path copy = copy();
        Files.delete(copy.resolve("pytorch_model-2-of-2.bin"));

        assertThatThrownBy(() -> Llama.from(BASE).adapt(copy).openCheckpoint())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("pytorch_model-2-of-2.bin: named here but not there");
    }

    @Test
    void aFileOutsideTheHistory_isRefused() throws Exception {
        Path copy = copy();
        Files.writeString(copy.resolve("patch_history.json"), "{\"pytorch_model-1-of-2.bin\": false}");

        assertThatThrownBy(() -> Llama.from(BASE).adapt(copy).openCheckpoint())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("found no word of pytorch_model-2-of-2.bin");
    }

    @Test
    void aHistoryOfOtherThings_isRefused() throws Exception {
        Path copy = copy();
        Files.writeString(copy.resolve("patch_history.json"), "{\"../weights.bin\": false}");

        assertThatThrownBy(() -> Llama.from(BASE).adapt(copy).openCheckpoint())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected names of weight files, each true or false");
    }

    @Test
    void filesThatClaimToBePublished_mustBeThat() throws Exception {
        Path copy = copy();
        String config = Sha256.of(copy.resolve("config.json"));
        CatalogueModel published = published(Map.of("config.json", config, "pytorch_model-1-of-2.bin", "0".repeat(64)));

        assertThatThrownBy(() -> PublishedPatches.verify(FolderFiles.of(copy), List.of(published)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(
                        "pytorch_model-1-of-2.bin: expected the SHA-256 that the authors of Poet published");
        PublishedPatches.verify(
                FolderFiles.of(copy), List.of(published(Map.of("pytorch_model-1-of-2.bin", "0".repeat(64)))));
    }

    private static CatalogueModel published(Map<String, String> hashes) {
        return new CatalogueModel(
                "poet",
                "Poet",
                Kind.PATCH,
                Optional.empty(),
                Map.of(HubKind.HUGGING_FACE, "a/poet"),
                512,
                256,
                Optional.empty(),
                "none",
                hashes,
                Map.of());
    }

    @Test
    void change_isRefused_asAPatchCannotBeAttached() {
        try (PatchWeights weights = (PatchWeights) DeltaPatch.of(PATCH).open(FolderFiles.of(PATCH))) {
            assertThat(weights.changedTensors()).hasSize(21).noneMatch(name -> name.endsWith("inv_freq"));
            assertThatThrownBy(() -> weights.change("lm_head.weight"))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("cannot be attached to a model that is loaded; merge it");
        }
    }

    private Path copy() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copy"));
        for (String name : names(PATCH)) {
            Files.copy(PATCH.resolve(name), copy.resolve(name));
        }
        return copy;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> "" + file.getFileName()).sorted().toList();
        }
    }

    private static Checkpoint open(String path) {
        return Llama.from(TestData.path(path)).openCheckpoint();
    }

    private static JsonNode golden() throws IOException {
        return new ObjectMapper().readTree(PATCH.resolve("patched.json").toFile());
    }

    private static String text(JsonNode golden, String name) {
        return golden.get(name).asText();
    }

    private static String sha256(Checkpoint checkpoint, String name) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return HexFormat.of().formatHex(digest.digest(Values.stored(checkpoint.tensor(name))));
    }
}
