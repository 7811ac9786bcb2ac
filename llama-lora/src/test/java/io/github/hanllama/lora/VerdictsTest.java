package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of each adapter and small file from the wild: it opens, or is refused with this message. */
@NeedsData({"adapters", "small"})
class VerdictsTest {
    private static final List<String> FOLDERS = List.of("adapters", "small");
    private static final String TABLE = """
            adapters/anirudh_gpt2 | 25 of 25 tensors fit no part of LLaMA (trained on gpt2)
            adapters/bloom_lora | enable_lora is set to [true,false,true], that is an adapted part of a joined projection
            adapters/rajpreet | no adapter_config.json, so rank and alpha are unknown
            adapters/rishit | peft_type PROMPT_TUNING cannot be merged; only LORA adapters can
            adapters/sidkris | 40 of 40 tensors fit no part of LLaMA (trained on distilbert-base-uncased)
            adapters/tashu_distilbert | 28 of 28 tensors fit no part of LLaMA (trained on distilbert-base-uncased)
            adapters/thesotti_gpt_lora | 49 of 49 tensors fit no part of LLaMA (trained on gpt2)
            small/candle_fortran_tensor_3d.pth | opens, 1 tensors
            small/candle_test.pt | opens, 1 tensors
            small/candle_test_with_key.pt | opens, 1 tensors
            small/coffeevampir_model.safetensors | opens, 4 tensors
            small/hf_rng_state.pth | tries to import numpy._core.multiarray._reconstruct; save the state_dict alone
            small/hf_scheduler.pt | base_lrs: expected a tensor, found a list of 2
            small/hf_training_args.bin | tries to import transformers.training_args.TrainingArguments
            small/las7_empty.gguf | GGUF
            small/las7_tiny.gguf | GGUF
            small/las7_tiny.safetensors | expected 32768 bytes of data, found 32773; bytes that belong to no tensor follow
            small/microlm_base.bin | expected a PyTorch file (zip or pickle), found a file of another format
            small/microlm_base.pth | tries to import esp32_llm.model.ESP32LLMConfig
            small/tinypellm_pytorch_model.bin | opens, 24 tensors
            small/torchtune_tiny_fair_checkpoint.pt | opens, 21 tensors
            small/torchtune_tiny_state_dict_with_one_key.pt | opens, 1 tensors
            """;

    @ParameterizedTest
    @MethodSource("rows")
    void verdict_isTheRecordedOne(String file, String verdict) {
        assertThat(verdict(TestData.path(file))).contains(verdict);
    }

    @Test
    void everyFile_hasAVerdict() throws IOException {
        for (String folder : FOLDERS) {
            try (Stream<Path> files = Files.list(TestData.path(folder))) {
                assertThat(files.map(file -> folder + "/" + file.getFileName()))
                        .isSubsetOf(rows().map(row -> row[0]).toList());
            }
        }
    }

    static Stream<String[]> rows() {
        return TABLE.lines()
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toArray(String[]::new));
    }

    private static String verdict(Path file) {
        try {
            return "opens, " + open(file) + " tensors";
        } catch (LlamaException e) {
            return e.getMessage();
        }
    }

    private static int open(Path path) {
        String name = path.toString();
        if (Files.isDirectory(path)) {
            try (LoraWeights adapter = FolderFiles.of(path).open()) {
                return adapter.changedTensors().size();
            }
        }
        if (name.endsWith(".safetensors")) {
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                return file.tensors().size();
            }
        }
        if (name.endsWith(".gguf")) {
            try (Checkpoint model =
                    Checkpoints.open(ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation()))) {
                return model.tensors().size();
            }
        }
        try (TorchFile file = TorchFile.open(path)) {
            return file.tensors().size();
        }
    }
}
