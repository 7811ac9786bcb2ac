package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaAdaptTest {
    private static final Path BASE = TestData.path("synthetic/base/hf_safetensors_f32");
    private static final Path ADAPTER = TestData.path("synthetic/lora_a");

    @Test
    void adapt_byFolderFindsTheKind() {
        try (Checkpoint named = Llama.from(BASE).adapt(LoraAdapter.of(ADAPTER)).openCheckpoint();
                Checkpoint found = Llama.from(BASE).adapt(ADAPTER).openCheckpoint()) {
            assertThat(found.config().vocabSize()).isEqualTo(640);
            assertThat(found.identity()).isEqualTo(named.identity());
            assertThat(found.origin()).isEqualTo(BASE + " + " + ADAPTER);
        }
    }

    @Test
    void adapt_bySourceFindsTheKind() {
        try (Checkpoint byFolder = Llama.from(BASE).adapt(ADAPTER).openCheckpoint();
                Checkpoint bySource =
                        Llama.from(BASE).adapt(ModelSources.path(ADAPTER)).openCheckpoint()) {
            assertThat(bySource.identity()).isEqualTo(byFolder.identity());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter_model.safetensors", "adapter_model.bin"})
    void adapt_byTheWeightFileAlone(String name) {
        Path file = ADAPTER.resolve(name);

        try (Checkpoint merged = Llama.from(BASE).adapt(file).openCheckpoint()) {
            assertThat(merged.tokenizer().orElseThrow().vocabularySize()).isEqualTo(640);
            assertThat(merged.weightFiles()).contains(file.toAbsolutePath());
        }
    }

    @NeedsData("adapters/tashu_distilbert")
    @Test
    void adapt_adapterOfAnotherArchitecture() {
        Path foreign = TestData.path("adapters/tashu_distilbert");

        assertThatThrownBy(() -> Llama.from(BASE).adapt(foreign).openCheckpoint())
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith(foreign + ": 28 of 28 tensors fit no part of LLaMA");
    }
}
