package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.core.checkpoint.SafetensorsFile;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {
    private static final String BASE = Reference.path("synthetic/base/hf_safetensors_f32");
    private static final String ADAPTER = Reference.path("synthetic/lora_a");

    @TempDir
    private Path folder;

    @Test
    void f32_equalsTheMergeInF64() throws IOException {
        Path merged = merge("merged");

        double worst = 0;
        try (SafetensorsFile actual = SafetensorsFile.open(merged.resolve("model.safetensors"));
                SafetensorsFile expected = open("synthetic/merged_a/hf_safetensors_f32")) {
            assertThat(actual.tensors()).containsExactlyInAnyOrderElementsOf(expected.tensors());
            for (TensorInfo info : expected.tensors()) {
                worst = Math.max(worst, largestDifference(actual.tensor(info.name()), expected.tensor(info.name())));
            }
        }
        assertThat(worst).isLessThanOrEqualTo(1e-6);
    }

    @Test
    void f16_equalsTheOriginalScriptsToTheBit() throws IOException {
        Path merged = merge("merged", "--dtype", "f16");

        try (SafetensorsFile actual = SafetensorsFile.open(merged.resolve("model.safetensors"));
                SafetensorsFile expected = open("synthetic/merged_a/hf_safetensors_f16")) {
            assertThat(actual.tensors()).containsExactlyInAnyOrderElementsOf(expected.tensors());
            for (TensorInfo info : expected.tensors()) {
                assertThat(info.dtype()).isEqualTo(DType.F16);
                assertThat(bytes(actual.tensor(info.name())))
                        .as(info.name())
                        .isEqualTo(bytes(expected.tensor(info.name())));
            }
        }
    }

    @Test
    void output_isACompleteModel() throws IOException {
        Path merged = merge("merged");

        try (Stream<Path> files = Files.list(merged)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "config.json", "hanllama-merge.json", "model.safetensors", "tokenizer.model");
        }
        assertThat(merged.resolve("tokenizer.model"))
                .hasSameBinaryContentAs(Path.of(ADAPTER).resolve("tokenizer.model"));
        JsonNode manifest =
                Reference.JSON.readTree(merged.resolve("hanllama-merge.json").toFile());
        assertThat(manifest.get("tensors")).hasSize(21);
        assertThat(Cli.run("inspect", merged.toString()).out()).contains("complete", "its tokenizer fits");
    }

    @Test
    void scoreOfTheOutput_equalsMergingInMemory() {
        Path merged = merge("merged");
        String input = "{\"text\":\"白日依山尽\"}";

        Result fromDisk = Cli.runWithInput(input, "score", "--model", merged.toString(), "--logits", "--json");
        Result inMemory = Cli.runWithInput(input, "score", "--model", BASE, "--lora", ADAPTER, "--logits", "--json");

        assertThat(fromDisk.err()).isEmpty();
        assertThat(fromDisk).isEqualTo(inMemory);
    }

    @Test
    void smallShards_areIndexed() throws IOException {
        Path merged = merge("merged", "--max-shard-bytes", "300000");

        assertThat(merged.resolve("model.safetensors.index.json")).exists();
        assertThat(Cli.run("inspect", merged.toString()).out()).contains("complete");
    }

    @Test
    void toBin_holdsTheSame_andScoresTheSame() throws IOException {
        Path safetensors = merge("safetensors", "--dtype", "bf16");
        Path bin = merge("bin", "--dtype", "bf16", "--to", "bin");

        assertThat(bin.resolve("pytorch_model.bin")).exists();
        assertThat(contentHash(bin)).isEqualTo(contentHash(safetensors));
        String input = "{\"text\":\"白日依山尽\"}";
        Result fromBin = Cli.runWithInput(input, "score", "--model", bin.toString(), "--logits", "--json");
        assertThat(fromBin)
                .isEqualTo(Cli.runWithInput(input, "score", "--model", safetensors.toString(), "--logits", "--json"));
        assertThat(fromBin.exitCode()).isZero();
    }

    /** The chain of the original script, which wrote it as two of Meta's files. */
    @Test
    void toMeta_isWhatTheOriginalScriptWrote() {
        Path merged = folder.resolve("meta");
        Result result = Cli.run(
                "merge",
                "--base",
                Reference.path("synthetic/base/meta_2shard"),
                "--lora",
                ADAPTER,
                "--lora",
                Reference.path("synthetic/lora_b"),
                "--to",
                "meta",
                "--parallel",
                "2",
                "--output",
                merged.toString());

        assertThat(result.exitCode()).as(result.err()).isZero();
        for (String name : List.of("consolidated.00.pth", "consolidated.01.pth")) {
            Path expected = Path.of(Reference.path("synthetic/merged_ab/meta_2shard_f16"), name);
            try (TorchFile actual = TorchFile.open(merged.resolve(name));
                    TorchFile original = TorchFile.open(expected)) {
                assertThat(actual.tensors()).hasSize(original.tensors().size() - 1); // a buffer, which nobody needs
                for (TensorInfo info : actual.tensors()) {
                    assertThat(original.tensor(info.name()).info()).isEqualTo(info);
                    assertThat(bytes(actual.tensor(info.name())))
                            .as(name + " " + info.name())
                            .isEqualTo(bytes(original.tensor(info.name())));
                }
            }
        }
        assertThat(merged.resolve("tokenizer.model")).exists();
        assertThat(Cli.run("verify", merged.toString()).exitCode()).isZero();
    }

    @Test
    void adapterWithATokenizerButNoEmbeddings_isRefused() throws IOException {
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Path original = Path.of(Reference.path("hf/lora_rslora/adapter"));
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(original.resolve(name), adapter.resolve(name));
        }
        Files.copy(Path.of(ADAPTER).resolve("tokenizer.model"), adapter.resolve("tokenizer.model"));
        String base = Reference.path("hf/lora_rslora/base");
        Path output = folder.resolve("merged");

        Result result = Cli.run("merge", "--base", base, "--lora", adapter.toString(), "--output", output.toString());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("it brings a tokenizer of 640 entries but no embeddings for them; the base has 512")
                .hasLineCount(1);
        assertThat(output).doesNotExist();
    }

    private static String contentHash(Path folder) throws IOException {
        return Reference.JSON
                .readTree(folder.resolve("hanllama-merge.json").toFile())
                .get("content_sha256")
                .textValue();
    }

    @Test
    void zippedBaseAndAdapter_areAsTheirFolders() throws IOException {
        Path expected = merge("expected");
        Path base = zip("base.zip", Path.of(BASE));
        Path adapter = zip("adapter.zip", Path.of(ADAPTER));
        Path output = folder.resolve("from-zip");

        Result result = Cli.run(
                "merge", "--base", base.toString(), "--lora", adapter.toString(), "--output", output.toString());

        assertThat(result.err()).isEmpty();
        assertThat(contentHash(output)).isEqualTo(contentHash(expected));
        assertThat(Files.readString(output.resolve("hanllama-merge.json"))).contains("adapter.zip/adapter_model.");
        assertThat(Cli.run("inspect", base.toString()).outLines()).contains("format     huggingface-safetensors");
        assertThat(Cli.run("inspect", adapter.toString()).outLines()).contains("format     peft-safetensors");
    }

    private Path zip(String name, Path content) throws IOException {
        Path archive = folder.resolve(name);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive));
                Stream<Path> files = Files.list(content)) {
            for (Path file : files.toList()) {
                zip.putNextEntry(new ZipEntry("top/" + file.getFileName()));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return archive;
    }

    @Test
    void folderWithFiles_isRefused() throws IOException {
        Files.writeString(folder.resolve("precious.txt"), "mine");

        Result result = Cli.run("merge", "--base", BASE, "--lora", ADAPTER, "--output", folder.toString());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains(folder.toString()).contains("empty").hasLineCount(1);
        assertThat(folder).isDirectoryContaining("glob:**/precious.txt");
    }

    @Test
    void json_namesTheFiles() throws IOException {
        Path output = folder.resolve("merged");

        Result result = Cli.run("merge", "--base", BASE, "--lora", ADAPTER, "--output", output.toString(), "--json");

        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(answer.get("output").textValue()).isEqualTo(output.toString());
        assertThat(answer.get("files")).isNotEmpty();
    }

    @Test
    void dtypeThatIsNoFloat_isWrongUsage() {
        Result result = Cli.run("merge", "--base", BASE, "--lora", ADAPTER, "--output", folder + "/x", "--dtype", "i8");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--dtype").hasLineCount(1);
    }

    @Test
    void noAdapter_isWrongUsage() {
        assertThat(Cli.run("merge", "--base", BASE, "--output", folder + "/x").exitCode())
                .isEqualTo(2);
    }

    private Path merge(String name, String... options) {
        Path output = folder.resolve(name);
        String[] command = {"merge", "--base", BASE, "--lora", ADAPTER, "--output", output.toString()};
        String[] all =
                Stream.concat(Arrays.stream(command), Arrays.stream(options)).toArray(String[]::new);
        Result result = Cli.run(all);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return output;
    }

    private static SafetensorsFile open(String relative) {
        return SafetensorsFile.open(Path.of(Reference.path(relative)).resolve("model.safetensors"));
    }

    private static double largestDifference(Tensor actual, Tensor expected) {
        float[] a = floats(actual);
        float[] b = floats(expected);
        double worst = 0;
        for (int i = 0; i < b.length; i++) {
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
        }
        return worst;
    }

    private static float[] floats(Tensor tensor) {
        TensorInfo info = tensor.info();
        float[] values = new float[Math.toIntExact(info.elements())];
        int width = Math.toIntExact(info.rowLength());
        tensor.readRows(
                0,
                info.rows(),
                (first, count, rows) ->
                        System.arraycopy(rows, 0, values, Math.toIntExact(first) * width, count * width));
        return values;
    }

    private static byte[] bytes(Tensor tensor) {
        return tensor.raw().orElseThrow().toArray(ValueLayout.JAVA_BYTE);
    }
}
