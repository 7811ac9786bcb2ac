package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class InspectCommandTest {
    private static final List<String> SOUND = List.of(
            "st_ok.safetensors",
            "st_zero_dim.safetensors",
            "pt_ok_2x2.bin",
            "pt_ok_transposed.bin",
            "pt_ok_expanded.bin");

    /** Loading classes for the first time is not what the time limits below are about. */
    @BeforeAll
    static void warmUp() {
        assertThat(Cli.run("inspect", Reference.path("hostile/st_ok.safetensors"))
                        .exitCode())
                .isZero();
    }

    @Test
    void json_model() throws IOException {
        JsonNode answer = inspect("synthetic/base/hf_safetensors_f32");

        assertThat(answer.fieldNames())
                .toIterable()
                .containsExactly("format", "config", "tensors", "tokenizer", "adapter", "verdict");
        assertThat(answer.get("format").textValue()).isEqualTo("huggingface-safetensors");
        assertThat(answer.get("config").get("vocab_size").intValue()).isEqualTo(512);
        assertThat(answer.get("tensors")).hasSize(21);
        assertThat(answer.get("tensors"))
                .contains(
                        Reference.JSON.readTree("{\"name\":\"lm_head.weight\",\"shape\":[512,64],\"dtype\":\"F32\"}"));
        assertThat(answer.get("tokenizer").isNull()).isTrue();
        assertThat(answer.get("adapter").isNull()).isTrue();
        assertThat(answer.get("verdict").textValue()).contains("complete").contains("works with ids");
    }

    @Test
    void json_modelWithTokenizer() throws IOException {
        JsonNode answer = inspect("models/stories260k-hf");

        assertThat(answer.get("tokenizer"))
                .hasToString("{\"vocabulary_size\":512,\"bos_token_id\":1,\"eos_token_id\":2,\"unk_token_id\":0,"
                        + "\"pad_token_id\":null}");
        assertThat(answer.get("verdict").textValue()).contains("its tokenizer fits");
    }

    @Test
    void json_adapter() throws IOException {
        JsonNode answer = inspect("synthetic/lora_a");

        assertThat(answer.get("format").textValue()).isEqualTo("peft-safetensors");
        assertThat(answer.get("config").isNull()).isTrue();
        assertThat(answer.get("tokenizer").get("vocabulary_size").intValue()).isEqualTo(640);
        JsonNode adapter = answer.get("adapter");
        assertThat(adapter.get("kind").textValue()).isEqualTo("LoRA");
        assertThat(adapter.get("vocabulary_size").intValue()).isEqualTo(640);
        assertThat(adapter.get("facts").get("rank").textValue()).isEqualTo("8");
        assertThat(adapter.get("adds_to")).hasSize(14);
        assertThat(adapter.get("replaces")).hasSize(2);
        assertThat(answer.get("verdict").textValue()).contains("complete").contains("640");
    }

    @Test
    void json_tokenizer() throws IOException {
        JsonNode answer = inspect("synthetic/tokenizers/merged640.model");

        assertThat(answer.get("format").textValue()).isEqualTo("tokenizer");
        assertThat(answer.get("tokenizer").get("vocabulary_size").intValue()).isEqualTo(640);
        assertThat(answer.get("tensors")).isEmpty();
    }

    @Test
    void json_bareTensors() throws IOException {
        JsonNode answer = inspect("hostile/st_ok.safetensors");

        assertThat(answer.get("format").textValue()).isEqualTo("safetensors");
        assertThat(answer.get("tensors")).isNotEmpty();
        assertThat(answer.get("verdict").textValue()).contains("no model");
    }

    @ParameterizedTest
    @CsvSource({
        "synthetic/base/hf_bin_2shard, huggingface-bin",
        "synthetic/base/meta_1shard, meta",
        "synthetic/base/meta_2shard, meta",
        "synthetic/lora_b, peft-bin"
    })
    void json_otherFormats(String fixture, String format) throws IOException {
        JsonNode answer = inspect(fixture);

        assertThat(answer.get("format").textValue()).isEqualTo(format);
        assertThat(answer.get("tensors")).isNotEmpty();
        assertThat(answer.get("verdict").textValue()).contains("complete");
    }

    @Test
    void json_barePyTorchFile() throws IOException {
        JsonNode answer = inspect("hostile/pt_ok_transposed.bin");

        assertThat(answer.get("format").textValue()).isEqualTo("pytorch");
        assertThat(answer.get("verdict").textValue()).contains("a sound PyTorch file, 1 tensors", "no model");
    }

    @Test
    void patch_saysWhatItAddsTo() throws IOException {
        JsonNode answer = inspect("patch");

        assertThat(answer.get("format").textValue()).isEqualTo("patch");
        assertThat(answer.get("adapter").get("adds_to")).hasSize(21);
        assertThat(answer.get("verdict").textValue())
                .startsWith("a patch, complete: what to add to 21 tensors of a base, ")
                .contains("does not say to which base", "no model alone");
    }

    @Test
    void patchOfOurs_saysOfWhichBase(@TempDir Path folder) {
        Path output = folder.resolve("patch");
        String base = Reference.path("synthetic/base/hf_bin_2shard");
        Result created = Cli.run("patch", "create", "--base", base, "--model", base, "--output", output.toString());
        assertThat(created.exitCode()).as(created.err()).isZero();

        assertThat(Cli.run("inspect", output.toString()).out())
                .containsPattern("belongs to the base with the content [0-9a-f]{64};");
    }

    @Test
    void wholeNumbers_areCounted(@TempDir Path folder) {
        Path output = folder.resolve("int4");
        String model = Reference.path("hf/wide_256/base");
        Cli.run("quantize", "--model", model, "--rows", "INT4", "--output", output.toString());

        assertThat(Cli.run("inspect", output.toString()).out())
                .contains("F16, of which 14 matrices are stored as whole numbers of 4 bits with a scale for each row");
    }

    /** Files that say little alone. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "synthetic/base/meta_2shard/consolidated.01.pth | what process 01 needs of a model in Meta's format",
                "synthetic/base/meta_2shard/params.json | the configuration of a model in Meta's format",
                "synthetic/base/hf_bin_2shard/pytorch_model-00001-of-00002.bin | part 1 of 2 of a model's weights",
                "synthetic/base/hf_bin_2shard/pytorch_model.bin.index.json | the list of which tensor is in which file",
                "synthetic/base/hf_bin_2shard/config.json | the configuration of a Hugging Face model",
                "synthetic/lora_a/adapter_config.json | the settings of a PEFT adapter",
                "patch/patch_history.json | the list of which files of a patch have been added to the base already"
            })
    void partOfAFolder_isExplainedByTheWhole(String file, String words) throws IOException {
        JsonNode answer = inspect(file);

        assertThat(answer.get("verdict").textValue())
                .startsWith(file.substring(file.lastIndexOf('/') + 1) + " is " + words + "; here of a ")
                .contains("complete");
        assertThat(answer.get("tensors")).isNotEmpty();
    }

    @Test
    void writtenFolder_saysFromWhat(@TempDir Path folder) {
        Path output = folder.resolve("meta");
        String source = Reference.path("hf/rope_linear/base");
        Cli.run("convert", "--from", source, "--to", "meta", "--parallel", "2", "--output", output.toString());

        assertThat(Cli.run("inspect", output.toString()).out())
                .contains("in 2 files", "written by HanLlama from base/model.safetensors")
                .contains("not in the format: ", "rope_scaling is {", "; verify checks it");
    }

    @Test
    void quantizedFile_saysByWhichRecipe() {
        assertThat(Cli.run("inspect", Reference.path("gguf/wide_256/Q4_K_M.gguf"))
                        .out())
                .contains("by the recipe Q4_K_M");
    }

    @Test
    void text_isForPeople() {
        Result result = Cli.run("inspect", Reference.path("synthetic/lora_a"));

        assertThat(result.exitCode()).isZero();
        assertThat(result.outLines()).first().isEqualTo("format     peft-safetensors");
        assertThat(result.outLines()).contains("rank       8");
        assertThat(result.outLines()).last().asString().startsWith("verdict    a LoRA adapter, complete");
    }

    static Stream<String> hostileFiles() {
        return Arrays.stream(TestData.path("hostile").toFile().list())
                .filter(name -> !name.equals("manifest.json"))
                .filter(name -> !SOUND.contains(name))
                .sorted();
    }

    @ParameterizedTest
    @MethodSource("hostileFiles")
    void hostileFile_isRefusedInOneLine(String file) {
        String path = Reference.path("hostile/" + file);
        long start = System.nanoTime();

        Result result = Cli.run("inspect", path, "--json");

        assertThat(System.nanoTime() - start).isLessThan(1_000_000_000L);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("llama: ").contains(file).hasLineCount(1);
        assertThat(result.err()).doesNotContain("internal error");
    }

    private static JsonNode inspect(String relative) throws IOException {
        Result result = Cli.run("inspect", Reference.path(relative), "--json");
        assertThat(result.err()).isEmpty();
        assertThat(result.outLines()).hasSize(1);
        return Reference.JSON.readTree(result.out());
    }
}
