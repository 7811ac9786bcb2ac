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
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void withoutConfiguration_isRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_model.safetensors"), "x");

        assertThatThrownBy(() -> FolderFiles.of(folder).open())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageEndingWith(": no adapter_config.json, so rank and alpha are unknown; copy it from where the"
                        + " adapter was published, or name them with LoraAdapter.assuming");
    }

    @Test
    void assumedRankAndAlpha_standInForTheConfiguration() throws IOException {
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
    void pickleOnly_isRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\"}");
        Files.writeString(folder.resolve("adapter_model.bin"), "x");

        assertThatThrownBy(() -> FolderFiles.of(folder).open())
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("adapter_model.bin is a PyTorch pickle");
    }

    @Test
    void withoutWeights_isRefused() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\"}");

        assertThatThrownBy(() -> FolderFiles.of(folder).open())
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageEndingWith(": no adapter_model.safetensors, found adapter_config.json");
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

    @NeedsData("adapters")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "anirudh_gpt2 | fan_in_fan_out is set to true, that is weights stored (in, out), as GPT-2 has them",
                "tashu_distilbert | 28 of 28 tensors fit no part of LLaMA (trained on distilbert-base-uncased)",
                "rajpreet | no adapter_config.json, so rank and alpha are unknown",
                "bloom_lora | is set to ",
                "rishit | peft_type PROMPT_TUNING cannot be merged",
                "thesotti_gpt_lora | fan_in_fan_out is set to true",
                "sidkris | adapter_model.bin is a PyTorch pickle"
            })
    void adaptersOfOtherModels_areRefused(String name, String cause) {
        FolderFiles files = FolderFiles.of(TestData.path("adapters/" + name));

        assertThatThrownBy(() -> files.open()).hasMessageContaining(cause);
        assertThatThrownBy(() -> LoraAdapter.of(Path.of(name)).inspect(files)).hasMessageContaining(cause);
    }
}
