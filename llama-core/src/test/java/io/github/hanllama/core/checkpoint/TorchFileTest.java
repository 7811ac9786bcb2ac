package io.github.hanllama.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileTest {
    @TempDir
    Path folder;

    @Test
    void open_controlFile() {
        try (TorchFile file = open("hostile/pt_ok_2x2.bin")) {
            assertThat(file.tensors()).containsExactly(new TensorInfo("w", List.of(2L, 2L), DType.F32));
            assertThat(file.contains("w")).isTrue();
            assertThat(file.contains("v")).isFalse();
            assertThat(file.path()).isEqualTo(TestData.path("hostile/pt_ok_2x2.bin"));
            assertThat(values(file.tensor("w"))).containsExactly(1, 2, 3, 4);
            assertThat(file.tensor("w").raw().orElseThrow().isReadOnly()).isTrue();
            assertThatThrownBy(() -> file.tensor("v")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"transposed, 1, 3, 2, 4", "expanded, 7, 7, 7, 7"})
    void readRows_notContiguous(String name, float a, float b, float c, float d) {
        try (TorchFile file = open("hostile/pt_ok_" + name + ".bin")) {
            Tensor tensor = file.tensor("w");
            assertThat(values(tensor)).containsExactly(a, b, c, d);
            assertThat(tensor.raw()).isEmpty();
            tensor.readRows(1, 2, (row, count, values) -> {
                assertThat(row).isEqualTo(1);
                assertThat(values[0]).isEqualTo(c);
            });
            assertThatThrownBy(() -> tensor.readRows(0, 3, (r, n, v) -> {}))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** The first sixteen digits of a SHA-256 over each name and the bytes of that tensor, as torch 2 reads them. */
    @ParameterizedTest
    @CsvSource({
        "hostile/pt_ok_2x2.bin, 1, 25cbc0a468870280",
        "hostile/pt_ok_expanded.bin, 1, 6a0a0b757a0ab3de",
        "hostile/pt_ok_transposed.bin, 1, 71b1f9adbb732587",
        "synthetic/base/hf_bin_2shard/pytorch_model-00001-of-00002.bin, 11, 4d8b02ef151fda65",
        "synthetic/base/hf_bin_2shard/pytorch_model-00002-of-00002.bin, 12, 464019a84d662daf",
        "synthetic/base/meta_1shard/consolidated.00.pth, 22, 1127e4663aa5ad85",
        "synthetic/base/meta_2shard/consolidated.00.pth, 22, 814f1b92d1578d70",
        "synthetic/base/meta_2shard/consolidated.01.pth, 22, ebe3ed14e8d138ff",
        "synthetic/lora_a/adapter_model.bin, 30, 69d54ab9da9a84e0",
        "synthetic/lora_b/adapter_model.bin, 30, df4a361f3d5e5634",
        "synthetic/merged_ab/meta_2shard_f16/consolidated.00.pth, 22, cb1ded02a17a1f51",
        "synthetic/merged_ab/meta_2shard_f16/consolidated.01.pth, 22, 592589d5e0363d15"
    })
    void readStoredRows_asTorchReads(String name, int tensors, String sha256) {
        assertSameAsTorch(name, tensors, sha256);
    }

    @NeedsData({"adapters", "small"})
    @ParameterizedTest
    @CsvSource({
        "adapters/bloom_lora/adapter_model.bin, 48, 58952b96d4ecc291",
        "adapters/rishit/adapter_model.bin, 1, 1ff24278f0fcfa47",
        "adapters/sidkris/adapter_model.bin, 40, 8302764c6b23ce9b",
        "adapters/thesotti_gpt_lora/adapter_model.bin, 49, fa743cc55e2737b3",
        "small/candle_fortran_tensor_3d.pth, 1, 30397ed9c45213bd",
        "small/candle_test.pt, 1, 8c56f723288e0f98",
        "small/candle_test_with_key.pt, 1, 8c56f723288e0f98",
        "small/tinypellm_pytorch_model.bin, 24, b9be67c05f8a21bb",
        "small/torchtune_tiny_fair_checkpoint.pt, 21, 219439a7b1dd90dc",
        "small/torchtune_tiny_state_dict_with_one_key.pt, 1, c393c8014d1f3345"
    })
    void readStoredRows_realFiles_asTorchReads(String name, int tensors, String sha256) {
        assertSameAsTorch(name, tensors, sha256);
    }

    private static void assertSameAsTorch(String name, int tensors, String sha256) {
        MessageDigest digest = ContentDigest.sha256();
        try (TorchFile file = open(name)) {
            assertThat(file.tensors()).hasSize(tensors);
            for (TensorInfo info : file.tensors()) {
                digest.update(info.name().getBytes(StandardCharsets.UTF_8));
                file.tensor(info.name())
                        .readStoredRows(0, info.rows(), (row, count, bytes) -> digest.update(bytes.asByteBuffer()));
            }
        }
        assertThat(HexFormat.of().formatHex(digest.digest())).startsWith(sha256);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic/base/hf_bin_2shard/pytorch_model-00001-of-00002.bin",
                "synthetic/base/hf_bin_2shard/pytorch_model-00002-of-00002.bin"
            })
    void readRows_sameValuesAsSafetensors(String name) {
        try (TorchFile torch = open(name);
                SafetensorsFile safetensors =
                        SafetensorsFile.open(TestData.path("synthetic/base/hf_safetensors_f32/model.safetensors"))) {
            for (TensorInfo info : torch.tensors()) {
                if (!ExpectedTensors.isIgnored(info.name())) {
                    assertSameValues(torch.tensor(info.name()), safetensors.tensor(info.name()));
                }
            }
        }
    }

    @Test
    void readRows_adapter_sameAsSafetensors() {
        try (TorchFile torch = open("synthetic/lora_a/adapter_model.bin");
                SafetensorsFile safetensors =
                        SafetensorsFile.open(TestData.path("synthetic/lora_a/adapter_model.safetensors"))) {
            assertThat(torch.tensors()).containsExactlyInAnyOrderElementsOf(safetensors.tensors());
            for (TensorInfo info : torch.tensors()) {
                assertSameValues(torch.tensor(info.name()), safetensors.tensor(info.name()));
            }
        }
    }

    @Test
    void readRows_metaShard_hasTheValuesOfTheEmbedding() {
        try (TorchFile torch = open("synthetic/base/meta_1shard/consolidated.00.pth");
                SafetensorsFile safetensors =
                        SafetensorsFile.open(TestData.path("synthetic/base/hf_safetensors_f32/model.safetensors"))) {
            assertSameValues(torch.tensor("tok_embeddings.weight"), safetensors.tensor(TensorNames.EMBED_TOKENS));
        }
    }

    @Test
    void open_missingFile() {
        assertThatThrownBy(() -> TorchFile.open(folder.resolve("nothing.bin")))
                .isInstanceOf(ModelNotFoundException.class);
    }

    @Test
    void open_emptyFile() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.bin"));
        assertThatThrownBy(() -> TorchFile.open(empty))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("found an empty file");
    }

    @Test
    void close_twice_thenUse() {
        for (String name : List.of("2x2", "transposed")) {
            TorchFile file = open("hostile/pt_ok_" + name + ".bin");
            Tensor tensor = file.tensor("w");
            file.close();
            file.close();
            assertThatThrownBy(() -> values(tensor)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(tensor::raw).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void readRows_fileTruncatedAfterOpen_failsInWords() throws IOException {
        Path copy = folder.resolve("copy.bin");
        Files.copy(TestData.path("hostile/pt_ok_transposed.bin"), copy, StandardCopyOption.REPLACE_EXISTING);
        copy.toFile().setWritable(true);
        try (TorchFile file = TorchFile.open(copy)) {
            try (RandomAccessFile writer = new RandomAccessFile(copy.toFile(), "rw")) {
                writer.setLength(100);
            }
            assertThatThrownBy(() -> values(file.tensor("w")))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("changed while it was open");
        }
    }

    private static TorchFile open(String name) {
        return TorchFile.open(TestData.path(name));
    }

    private static void assertSameValues(Tensor found, Tensor expected) {
        assertThat(found.info().shape())
                .as(found.info().name())
                .isEqualTo(expected.info().shape());
        assertThat(Arrays.equals(values(found), values(expected)))
                .as(found.info().name())
                .isTrue();
    }

    private static float[] values(Tensor tensor) {
        TensorInfo info = tensor.info();
        float[] all = new float[Math.toIntExact(info.elements())];
        int rowLength = Math.toIntExact(info.rowLength());
        tensor.readRows(
                0,
                info.rows(),
                (row, count, values) -> System.arraycopy(values, 0, all, (int) row * rowLength, count * rowLength));
        return all;
    }
}
