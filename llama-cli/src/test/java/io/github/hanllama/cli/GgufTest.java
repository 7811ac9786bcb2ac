package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every command that takes a model takes GGUF. */
class GgufTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"gguf/tiny-llama-q4_0.gguf, gguf, Q4_0", "gguf/legacy/ggjt_1.bin, ggml, F16"})
    void inspect_saysWhatItIs(String file, String format, String type) throws IOException {
        Result result = Cli.run("inspect", "--json", Reference.path(file));
        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(answer.get("format").textValue()).isEqualTo(format);
        assertThat(answer.get("tensors")).hasSize(21);
        assertThat(answer.get("verdict").textValue())
                .startsWith("a LLaMA model, complete")
                .contains(type)
                .endsWith("its tokenizer fits");
    }

    @Test
    void tokenize_byTheTokenizerInside() {
        Result result = Cli.run(
                "tokenize", "--tokenizer", Reference.path("gguf/tiny-llama-q4_0.gguf"), "--json", "Once upon a time");
        assertThat(result.out()).contains("[403,407,261,378]");
    }

    @Test
    void merge_writesAFileThatRunsAndVerifies() throws IOException {
        Path file = folder.resolve("merged.gguf");
        Result merge = Cli.run(
                "merge",
                "--base",
                Reference.path("synthetic/base/hf_safetensors_f32"),
                "--lora",
                Reference.path("synthetic/lora_a"),
                "--to",
                "gguf",
                "--output",
                file.toString());
        assertThat(merge.outLines()).containsExactly(file.toString());
        assertThat(Cli.run("verify", file.toString()).outLines())
                .containsExactly("all 1 files are as " + file + " says");
        assertThat(generate(file.toString()))
                .isEqualTo(generate(
                        Reference.path("synthetic/base/hf_safetensors_f32"),
                        "--lora",
                        Reference.path("synthetic/lora_a")));
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 40] ^= 1;
        Files.write(file, bytes);
        assertThat(Cli.run("verify", file.toString()).exitCode()).isEqualTo(1);
    }

    private static String generate(String model, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "generate", "--model", model, "--engine", "reference", "--max-new-tokens", "8", "--temperature", "0"));
        arguments.addAll(List.of(more));
        arguments.add("白日");
        Result result = Cli.run(arguments.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.err()).isZero();
        return result.out();
    }
}
