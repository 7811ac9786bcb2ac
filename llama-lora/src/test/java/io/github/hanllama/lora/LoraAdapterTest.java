package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.adapter.AdapterKind;
import io.github.hanllama.core.adapter.AdapterWeights;
import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraAdapterTest {
    @TempDir
    Path folder;

    @Test
    void inspect_readsHeadersOnly() {
        Path path = TestData.path("hf/lora_chinese/adapter");
        FolderFiles files = FolderFiles.of(path);

        AdapterInfo info = LoraAdapter.of(path).inspect(files);

        assertThat(info.kind()).isEqualTo("LoRA");
        assertThat(info.needs()).hasSize(14).extracting(TensorInfo::name).contains("model.layers.1.mlp.up_proj.weight");
        assertThat(info.replaces())
                .extracting(TensorInfo::name)
                .containsExactlyInAnyOrder("model.embed_tokens.weight", "lm_head.weight");
        assertThat(info.vocabularySize()).hasValue(640);
        assertThat(info.declaredBase()).contains("tiny/base");
        assertThat(info.facts())
                .containsEntry("rank", "4")
                .containsEntry("alpha", "16.0")
                .containsEntry("pairs", "14")
                .containsEntry("replaces", "embed_tokens, lm_head")
                .containsEntry("modules", "down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj");
        assertThat(files.bytesRead).isLessThan(files.size("adapter_model.safetensors") / 10);
    }

    @Test
    void inspect_needsHaveTheShapeOfTheBase() {
        Path path = TestData.path("hf/lora_gqa_bf16/adapter");

        AdapterInfo info = LoraAdapter.of(path).inspect(FolderFiles.of(path));

        assertThat(info.needs())
                .filteredOn(need -> need.name().equals("model.layers.0.self_attn.k_proj.weight"))
                .singleElement()
                .extracting(TensorInfo::shape)
                .asString()
                .isEqualTo("[32, 64]");
    }

    @Test
    void open_ownsTheFiles() {
        FolderFiles files = FolderFiles.of(TestData.path("hf/lora_dora/adapter"));

        AdapterWeights weights =
                LoraAdapter.of(TestData.path("hf/lora_dora/adapter")).open(files);

        assertThat(files.closed).isFalse();
        assertThat(weights.info().facts()).containsEntry("variant", "DoRA");
        weights.close();
        weights.close();
        assertThat(files.closed).isTrue();
    }

    @Test
    void kind_isFoundAsAService() {
        AdapterKind kind = ServiceLoader.load(AdapterKind.class).findFirst().orElseThrow();

        assertThat(kind).isInstanceOf(LoraAdapterKind.class);
        assertThat(kind.name()).isEqualTo("LoRA");
        assertThat(kind.recognises(FolderFiles.of(TestData.path("hf/lora_dora/adapter"))))
                .isTrue();
        assertThat(kind.recognises(FolderFiles.of(TestData.path("hf/lora_dora/base"))))
                .isFalse();
    }

    @Test
    void ac1_withoutConfiguration_isRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_model.safetensors"), "x");

        assertThatThrownBy(() -> FolderFiles.of(folder).open())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageEndingWith(": no adapter_config.json, so rank and alpha are unknown; copy it from where the"
                        + " adapter was published, or name them with LoraAdapter.assuming");
    }

    @Test
    void ac1_assumedRankAndAlpha_standInForTheConfiguration() throws IOException {
        Path original = TestData.path("hf/lora_gqa_bf16/adapter");
        Files.copy(original.resolve("adapter_model.safetensors"), folder.resolve("adapter_model.safetensors"));

        LoraAdapter adapter = LoraAdapter.of(folder).assuming(64, 128);

        assertThat(adapter.inspect(FolderFiles.of(folder)).needs())
                .isEqualTo(LoraAdapter.of(original)
                        .inspect(FolderFiles.of(original))
                        .needs());
        try (AdapterWeights weights = adapter.open(FolderFiles.of(folder))) {
            assertThat(weights.change("model.layers.0.self_attn.q_proj.weight"))
                    .get(InstanceOfAssertFactories.type(TensorChange.AddLowRank.class))
                    .extracting(TensorChange.AddLowRank::scale)
                    .isEqualTo(2f);
        }
        assertThatThrownBy(() -> LoraAdapter.of(folder).assuming(32, 128).inspect(FolderFiles.of(folder)))
                .hasMessageContaining("for r 32, found [64, ");
    }

    @Test
    void assumedValuesOutOfRange_areTheCallersMistake() {
        LoraAdapter adapter = LoraAdapter.of(folder);

        assertThatThrownBy(() -> adapter.assuming(0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rank must be in 1..4096, was 0");
        assertThatThrownBy(() -> adapter.assuming(8, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha must be positive and finite, was NaN");
    }

    @Test
    void safetensors_winOverPickles() throws IOException {
        copy(TestData.path("synthetic/lora_a"));
        Files.writeString(folder.resolve("adapter_model.bin"), "not read");

        try (LoraWeights weights = FolderFiles.of(folder).open()) {
            assertThat(weights.file()).hasFileName("adapter_model.safetensors");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"synthetic/lora_a", "synthetic/lora_b"})
    void inspect_ofPicklesThatAreHere(String name) throws IOException {
        copy(TestData.path(name));
        Files.deleteIfExists(folder.resolve("adapter_model.safetensors"));

        AdapterInfo info = LoraAdapter.of(folder).inspect(FolderFiles.of(folder));

        assertThat(info.needs()).hasSize(14);
        assertThat(info.replaces())
                .extracting(TensorInfo::name)
                .containsExactlyInAnyOrder("model.embed_tokens.weight", "lm_head.weight");
        assertThat(info.vocabularySize()).hasValue(name.endsWith("a") ? 640 : 641);
    }

    @Test
    void inspect_ofPicklesElsewhereKnowsTheConfigurationAlone() {
        FileRanges remote = new RangesOnly(FolderFiles.of(TestData.path("synthetic/lora_b")));

        AdapterInfo info = LoraAdapter.of(folder).inspect(remote);

        assertThat(info.needs()).isEmpty();
        assertThat(info.facts())
                .containsEntry("rank", "8")
                .containsEntry("tensors", "known when the file is here")
                .doesNotContainKey("pairs");
    }

    @Test
    void emptyAdapter_isRefusedWithTheCause() {
        FolderFiles files = FolderFiles.of(TestData.path("peft_kinds/empty"));

        assertThatThrownBy(files::open)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(
                        "empty: the adapter is empty: no low-rank pair and no whole tensor; was it saved"
                                + " before training, or by a script that replaces model.state_dict");
    }

    @Test
    void withoutWeights_isRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\"}");

        assertThatThrownBy(() -> FolderFiles.of(folder).open())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageEndingWith(": no adapter_model.safetensors or adapter_model.bin, found adapter_config.json");
    }

    @Test
    void configurationTooLong_isRefused() throws IOException {
        Files.write(folder.resolve("adapter_config.json"), new byte[(1 << 20) + 1]);

        assertThatThrownBy(() -> FolderFiles.of(folder).open())
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("expected at most 1048576 bytes, found 1048577");
    }

    @Test
    void damagedWeights_areRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\"}");
        Files.writeString(folder.resolve("adapter_model.safetensors"), "<html>not found</html>");

        assertThatThrownBy(() -> FolderFiles.of(folder).open()).isInstanceOf(ModelFormatException.class);
    }

    private void copy(Path original) throws IOException {
        try (Stream<Path> files = Files.list(original)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** Files of which only ranges can be had. */
    private record RangesOnly(FolderFiles files) implements FileRanges {
        @Override
        public String origin() {
            return files.origin();
        }

        @Override
        public SortedSet<String> names() {
            return files.names();
        }

        @Override
        public long size(String name) {
            return files.size(name);
        }

        @Override
        public byte[] read(String name, long offset, int length) {
            return files.read(name, offset, length);
        }
    }
}
