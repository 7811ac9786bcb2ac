package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.Engines;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Merged models compute what PEFT's {@code merge_and_unload} in the base's type computes. */
@ParameterizedClass
@ValueSource(strings = {"reference", "java"})
class MergedLogitsTest {
    @Parameter
    String engine;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf/lora_chinese",
                "hf/lora_gqa_bf16",
                "hf/lora_rslora",
                "hf/lora_dora",
                "hf/lora_patterns",
                "hf/lora_layers",
                "hf/lora_tied_head",
                "peft_kinds/fan_in_fan_out",
                "peft_kinds/lora_bias",
                "peft_kinds/bias_all",
                "peft_kinds/bias_lora_only",
                "peft_kinds/embedding",
                "peft_kinds/embedding_grown",
                "peft_kinds/all_parameters",
                "peft_kinds/strided"
            })
    void logitsAndGreedyText_arePefts(String name) throws IOException {
        Path folder = TestData.path(name);
        JsonNode reference =
                new ObjectMapper().readTree(folder.resolve("reference.json").toFile());
        try (Checkpoint merged = adapter(folder).open().mergeInto(base(folder, reference));
                LanguageModel model = Engines.named(engine).load(merged, EngineOptions.defaults())) {
            Predictions.compare(model, reference.get("merged"));
        }
    }

    private static FolderFiles adapter(Path folder) {
        Path own = folder.resolve("adapter");
        return FolderFiles.of(Files.isDirectory(own) ? own : folder);
    }

    /** Beside the adapter, or one that several share. */
    private static Checkpoint base(Path folder, JsonNode reference) {
        Path own = folder.resolve("base");
        return Checkpoints.open(FolderFiles.of(
                Files.isDirectory(own)
                        ? own
                        : folder.resolveSibling(reference.get("base").asText())));
    }
}
