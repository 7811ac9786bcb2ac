package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.ModelNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileSelectionTest {
    private static final FileSelection MODEL = new FileSelection(Optional.empty(), List.of(), Map.of());

    private static String chosen(FileSelection selection, String... names) {
        return String.join(" ", selection.choose(List.of(names), "owner/name@main"));
    }

    @ParameterizedTest
    @CsvSource({
        "config.json README.md model.safetensors .gitattributes, config.json model.safetensors",
        "model.safetensors pytorch_model.bin, model.safetensors",
        "pytorch_model.bin training_args.bin tokenizer.model, pytorch_model.bin tokenizer.model",
        "model-1-of-2.safetensors model-2-of-2.safetensors model.safetensors.index.json pytorch_model.bin.index.json, "
                + "model-1-of-2.safetensors model-2-of-2.safetensors model.safetensors.index.json",
        "model.safetensors model-1-of-1.safetensors, model.safetensors",
        "model.safetensors model-1-of-1.safetensors model.safetensors.index.json, "
                + "model-1-of-1.safetensors model.safetensors.index.json",
        "model.safetensors consolidated.safetensors, model.safetensors",
        "params.json consolidated.00.pth tokenizer.model checklist.chk, "
                + "checklist.chk consolidated.00.pth params.json tokenizer.model",
        "adapter_config.json adapter_model.bin adapter_model.safetensors, adapter_config.json adapter_model.safetensors",
        "adapter_config.json adapter_model.bin tokenizer.model, adapter_config.json adapter_model.bin tokenizer.model",
        "q4_0.gguf LICENSE, LICENSE q4_0.gguf",
        "big-00001-of-00002.gguf big-00002-of-00002.gguf, big-00001-of-00002.gguf big-00002-of-00002.gguf",
        "config.json original/consolidated.00.pth runs/optimizer.bin model.safetensors, config.json model.safetensors",
        "tokenizer.json, tokenizer.json"
    })
    void model(String names, String expected) {
        assertThat(chosen(MODEL, names.split(" "))).isEqualTo(expected);
    }

    @Test
    void model_severalGgufs_asksForOne() {
        assertThatThrownBy(() -> chosen(MODEL, "a-q4_0.gguf", "a-q8_0.gguf", "config.json"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining(
                        "found 2 GGUF files: a-q4_0.gguf, a-q8_0.gguf; name one, as in owner/name:a-q4_0.gguf");
    }

    @Test
    void file_comesWithWhatDescribesIt() {
        FileSelection selection = new FileSelection(Optional.of("a-q8_0.gguf"), List.of(), Map.of());

        assertThat(chosen(selection, "a-q4_0.gguf", "a-q8_0.gguf", "config.json", "README.md"))
                .isEqualTo("a-q8_0.gguf config.json");
    }

    @Test
    void file_thatIsAPart_comesWithTheOthers() {
        FileSelection selection = new FileSelection(Optional.of("a-00001-of-00002.gguf"), List.of(), Map.of());

        assertThat(chosen(selection, "a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "b-00001-of-00002.gguf"))
                .isEqualTo("a-00001-of-00002.gguf a-00002-of-00002.gguf");
    }

    @Test
    void file_thatIsNotThere() {
        FileSelection selection = new FileSelection(Optional.of("x.gguf"), List.of(), Map.of());

        assertThatThrownBy(() -> chosen(selection, "a.gguf"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("x.gguf: no such file in the repository, found a.gguf");
    }

    @Test
    void patterns() {
        FileSelection selection = new FileSelection(Optional.empty(), List.of("*.json", "a?/x.[1]"), Map.of());

        assertThat(chosen(selection, "c/d.json", "ab/x.[1]", "a/x.[1]", "e.jsonx"))
                .isEqualTo("ab/x.[1] c/d.json");
        assertThatThrownBy(() -> chosen(selection, "a.bin"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("expected *.json, a?/x.[1], found a.bin");
    }
}
