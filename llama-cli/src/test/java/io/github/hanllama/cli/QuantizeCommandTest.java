package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.core.checkpoint.GgufFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.testdata.NeedsData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizeCommandTest {
    private static final String WIDE = Reference.path("hf/wide_256/base");
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String ADAPTER = Reference.path("synthetic/lora_a");

    @TempDir
    private Path folder;

    /** llama.cpp quantized the same model. */
    @NeedsData({"gguf/wide_256/Q8_0.gguf", "gguf/wide_256/Q4_0.gguf"})
    @ParameterizedTest
    @ValueSource(strings = {"q8_0", "Q4_0", "Q4_K_M"})
    void tensors_areThoseOfLlamaCpp(String type) {
        Path output = quantize(WIDE, "--type", type);

        try (GgufFile actual = GgufFile.open(output);
                GgufFile expected =
                        GgufFile.open(Path.of(Reference.path("gguf/wide_256/" + type.toUpperCase() + ".gguf")))) {
            assertThat(actual.tensors()).containsExactlyInAnyOrderElementsOf(expected.tensors());
            for (TensorInfo info : expected.tensors()) {
                assertThat(bytes(actual.tensor(info.name())))
                        .as(info.name())
                        .isEqualTo(bytes(expected.tensor(info.name())));
            }
        }
    }

    @Test
    void adapters_areMergedFirst() {
        Path merged = folder.resolve("merged");
        run("merge", "--base", BASE, "--lora", ADAPTER, "--output", merged.toString());
        Path twoSteps = quantize(merged.toString(), "--type", "Q8_0");
        Path oneStep = folder.resolve("one-step.gguf");
        run("quantize", "--model", BASE, "--lora", ADAPTER, "--type", "Q8_0", "--output", oneStep.toString());

        try (GgufFile actual = GgufFile.open(oneStep);
                GgufFile expected = GgufFile.open(twoSteps)) {
            for (TensorInfo info : expected.tensors()) {
                assertThat(bytes(actual.tensor(info.name()))).isEqualTo(bytes(expected.tensor(info.name())));
            }
        }
        assertThat(run("score", "--model", oneStep.toString(), "--engine", "reference")
                        .exitCode())
                .isZero();
    }

    @Test
    void table_namesEveryTensorAndAllOfThem() {
        Result result = run("quantize", "--model", WIDE, "--type", "Q4_K_M", "--output", output());

        assertThat(result.outLines()).hasSize(1 + 21 + 1 + 1).last().isEqualTo(output());
        assertThat(result.outLines().getFirst()).startsWith("tensor").contains("bits", "rmse", "relative", "largest");
        assertThat(result.out())
                .containsPattern("model\\.layers\\.1\\.mlp\\.down_proj\\.weight +BF16 +Q6_K +6\\.56 +107520 ")
                .containsPattern("all +Q4_K_M +4\\.95 +892160 ");
    }

    @Test
    void json_hasEveryNumber() throws IOException {
        Result result = run("quantize", "--model", WIDE, "--type", "Q4_0", "--output", output(), "--json");

        JsonNode json = Reference.JSON.readTree(result.out());
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly(
                        "output", "type", "bytes", "bits_per_weight", "rmse", "relative_error", "max_error", "tensors");
        assertThat(json.get("tensors")).hasSize(21);
        long bytes = 0;
        for (JsonNode tensor : json.get("tensors")) {
            bytes += tensor.get("bytes").longValue();
            boolean matrix = tensor.get("name").textValue().contains("proj");
            assertThat(tensor.get("relative_error").doubleValue())
                    .as(tensor.get("name").textValue())
                    .isBetween(matrix ? 0.05 : 0, matrix ? 0.12 : 0.12);
        }
        assertThat(json.get("bytes").longValue()).isEqualTo(bytes);
    }

    @Test
    void narrowModel_saysWhatBecameOfItsTensors() throws IOException {
        Result plain = run("quantize", "--model", BASE, "--type", "Q4_K_M", "--output", output());
        assertThat(plain.out())
                .contains(
                        "model.embed_tokens.weight is Q5_0: Q4_K stores blocks of 256, the 64 columns do not fill them")
                .contains("mlp.down_proj.weight is F16");
        Files.delete(Path.of(output()));
        Result json = run("quantize", "--model", BASE, "--type", "Q4_K_M", "--output", output(), "--json");
        assertThat(Reference.JSON
                        .readTree(json.out())
                        .get("tensors")
                        .get(0)
                        .get("instead")
                        .textValue())
                .contains(" stores blocks of 256");
    }

    @Test
    void existingFile_isLeftAlone() throws IOException {
        Files.writeString(Path.of(output()), "mine");

        Result result = Cli.run("quantize", "--model", WIDE, "--type", "Q8_0", "--output", output());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).hasLineCount(1).contains(output());
        assertThat(Path.of(output())).hasContent("mine");
    }

    @Test
    void otherSuffix_isWrongUsage() {
        Result result = Cli.run("quantize", "--model", WIDE, "--type", "Q8_0", "--output", folder + "/model.bin");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("expected --output to end in .gguf");
    }

    @Test
    void unknownType_namesTheTypes() {
        Result result = Cli.run("quantize", "--model", WIDE, "--type", "Q3", "--output", output());

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("Q3_K_M").contains("Q8_0");
    }

    @Test
    void importanceMatrix_isNone_isRefused() throws IOException {
        Path matrix = Files.writeString(folder.resolve("imatrix.dat"), "no matrix at all");

        Result result = Cli.run(
                "quantize", "--model", WIDE, "--type", "Q4_0", "--imatrix", matrix.toString(), "--output", output());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).hasLineCount(1).contains("not a sound importance matrix");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(matrix);
        }
    }

    private String output() {
        return folder.resolve("small.gguf").toString();
    }

    private Path quantize(String model, String... more) {
        run(Stream.concat(Stream.of("quantize", "--model", model, "--output", output()), Stream.of(more))
                .toArray(String[]::new));
        return Path.of(output());
    }

    @Test
    void rows_writeAFolder_thatRunsAgain() throws IOException {
        String base = Reference.path("synthetic/base/hf_bin_2shard");
        Path target = folder.resolve("int4");

        Result result = Cli.run("quantize", "--model", base, "--rows", "int4", "--output", target.toString(), "--json");
        Result score = Cli.runWithInput("{\"ids\":[1,2,3]}\n", "score", "--model", target.toString(), "--json");
        Result neither = Cli.run("quantize", "--model", base, "--output", target + "2");

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("\"model.safetensors\"", "\"content_sha256\"");
        assertThat(score.exitCode()).isZero();
        assertThat(Files.readString(target.resolve("config.json"))).contains("\"quantization_bit\": 4");
        assertThat(neither.exitCode()).isEqualTo(2);
        assertThat(neither.err()).contains("expected either --type or --rows");
    }

    private static Result run(String... args) {
        Result result = Cli.run(args);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result;
    }

    private static byte[] bytes(Tensor tensor) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        tensor.readStoredRows(
                0, tensor.info().rows(), (first, count, bytes) -> all.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE)));
        return all.toByteArray();
    }
}
