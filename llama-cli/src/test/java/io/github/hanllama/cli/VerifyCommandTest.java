package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
    @TempDir
    private Path folder;

    private Path merged;

    @BeforeEach
    void merge() {
        merged = folder.resolve("merged");
        String base = Reference.path("synthetic/base/hf_safetensors_f32");
        String adapter = Reference.path("synthetic/lora_a");
        assertThat(Cli.run("merge", "--base", base, "--lora", adapter, "--output", merged.toString())
                        .exitCode())
                .isZero();
    }

    @Test
    void untouched() {
        Result result = Cli.run("verify", merged.toString());

        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("all 3 files are as ").contains("hanllama-merge.json");
    }

    @Test
    void oneFlippedByte() throws IOException {
        Path weights = merged.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);

        Result result = Cli.run("verify", merged.toString());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.outLines().getFirst()).startsWith("model.safetensors: changed: expected");
        assertThat(result.err())
                .startsWith("llama: " + merged + ": 1 of its files are not as written, first model.safetensors")
                .hasLineCount(1);
    }

    @Test
    void json() throws IOException {
        Files.delete(merged.resolve("tokenizer.model"));

        Result result = Cli.run("verify", merged.toString(), "--json");

        assertThat(result.exitCode()).isEqualTo(1);
        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(answer.get("files").intValue()).isEqualTo(3);
        assertThat(answer.get("differences")).hasToString("[\"tokenizer.model: missing\"]");
    }

    @Test
    void folderWithoutAList() {
        Result result = Cli.run("verify", Reference.path("synthetic/lora_a"));

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("nothing to verify by").hasLineCount(1);
    }
}
