package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.cli.Cli.Result;
import io.github.hanllama.core.Llama;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConvertCommandTest {
    private static final String BASE = Reference.path("synthetic/base/meta_1shard");
    private static final String MULTI_HEAD = Reference.path("hf/mha/base");

    @TempDir
    private Path folder;

    static Stream<List<String>> arrows() {
        List<String> formats = List.of("hf", "bin", "meta 1", "meta 2", "gguf");
        return formats.stream().flatMap(from -> formats.stream().map(to -> List.of(from, to)));
    }

    @ParameterizedTest
    @MethodSource("arrows")
    void everyArrow_keepsEveryTensor(List<String> arrow) {
        Path from = convert(BASE, "from", arrow.getFirst());
        Path to = convert(from.toString(), "to", arrow.getLast());

        assertThat(tensors(to)).isEqualTo(tensors(Path.of(BASE)));
    }

    @Test
    void fourFiles_ofAModelWithFourHeads() {
        Path meta = convert(MULTI_HEAD, "from", "meta 4");

        assertThat(meta.resolve("consolidated.03.pth")).exists();
        assertThat(tensors(convert(meta.toString(), "to", "hf"))).isEqualTo(tensors(Path.of(MULTI_HEAD)));
    }

    @Test
    void unevenHeads_areRefusedByNameAndFigures() {
        Result result =
                Cli.run("convert", "--from", MULTI_HEAD, "--to", "meta", "--parallel", "3", "--output", folder + "/no");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("expected a number that 3 files can share")
                .hasLineCount(1);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatTheFormatCannotHold_isSaid() throws IOException {
        String source = Reference.path("hf/rope_linear/base");
        Path output = folder.resolve("meta");
        Result result = Cli.run("convert", "--from", source, "--to", "meta", "--output", output.toString(), "--json");

        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).contains("llama: note: not in the format: rope_scaling is");
        JsonNode answer = Reference.JSON.readTree(result.out());
        assertThat(answer.get("notes")).isNotEmpty();
        Path back = convert(output.toString(), "back", "hf");
        try (Checkpoint original = open(Path.of(source));
                Checkpoint returned = open(back)) {
            assertThat(returned.config()).isEqualTo(original.config());
        }
    }

    @Test
    void shardSize_takesUnits() {
        Path output = folder.resolve("shards");
        Result result = Cli.run(
                "convert", "--from", MULTI_HEAD, "--to", "bin", "--shard-size", "100kB", "--output", output.toString());

        assertThat(result.err()).isEmpty();
        assertThat(output.resolve("pytorch_model.bin.index.json")).exists();
        assertThat(Cli.run("convert", "--from", BASE, "--shard-size", "2 pounds", "--output", "x")
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void ggufInParts_andQuantizedSo() {
        String source = Reference.path("models/stories260k-hf");
        Path parts = folder.resolve("stories");
        Path small = folder.resolve("small");
        Cli.run("convert", "--from", source, "--to", "gguf", "--shard-size", "200kB", "--output", parts.toString());
        Cli.run("quantize", "--model", source, "--type", "Q8_0", "--shard-size", "100kB", "--output", small.toString());

        assertThat(parts.resolve("stories-00001-of-00006.gguf")).exists();
        assertThat(tensors(parts)).isEqualTo(tensors(Path.of(source)));
        assertThat(Cli.run("inspect", small.toString()).out()).contains("by the recipe Q8_0", "files");
        assertThat(Cli.run("verify", small.toString()).exitCode()).isZero();
    }

    @Test
    void resume_goesOnWithWhatIsThere() throws IOException {
        Path output = folder.resolve("out");
        Path begun = Files.createDirectory(folder.resolve(".out.partial"));
        Files.writeString(begun.resolve("stray"), "of another model");

        Result result =
                Cli.run("convert", "--from", MULTI_HEAD, "--to", "meta", "--resume", "--output", output.toString());

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(tensors(output)).isEqualTo(tensors(Path.of(MULTI_HEAD)));
        assertThat(output.resolve("stray")).doesNotExist();
        assertThat(begun).doesNotExist();
    }

    @Test
    void blocks_needATypeElsewhere() {
        String source = Reference.path("gguf/tiny-llama-q4_0.gguf");
        Result result = Cli.run("convert", "--from", source, "--to", "hf", "--output", folder + "/no");
        assertThat(result.err())
                .contains("cannot hold Q4_0; choose a dtype to write")
                .hasLineCount(1);

        Result asF16 =
                Cli.run("convert", "--from", source, "--to", "hf", "--dtype", "f16", "--output", folder + "/half");
        assertThat(asF16.exitCode()).as(asF16.err()).isZero();
    }

    private Path convert(String from, String name, String to) {
        List<String> target = Arrays.asList(to.split(" "));
        Path output = folder.resolve(target.getFirst().equals("gguf") ? name + ".gguf" : name);
        Stream<String> command = Stream.of("convert", "--from", from, "--to", target.getFirst(), "--output");
        Stream<String> parallel = target.size() > 1 ? Stream.of("--parallel", target.getLast()) : Stream.of();
        Result result = Cli.run(Stream.of(command, Stream.of(output.toString()), parallel)
                .flatMap(part -> part)
                .toArray(String[]::new));
        assertThat(result.exitCode()).as(result.err()).isZero();
        return output;
    }

    private static Checkpoint open(Path path) {
        return Llama.from(path).openCheckpoint();
    }

    /** Every tensor in the type in which it would be written: GGUF holds vectors in F32 whatever they were. */
    private static SortedMap<String, String> tensors(Path path) {
        SortedMap<String, String> tensors = new TreeMap<>();
        try (Checkpoint checkpoint = open(path)) {
            for (TensorInfo info : checkpoint.tensors()) {
                String type = checkpoint.writtenType(info.name()) + " " + info.shape() + " ";
                tensors.put(info.name(), type + Arrays.hashCode(values(checkpoint.tensor(info.name()))));
            }
        }
        return tensors;
    }

    private static float[] values(Tensor tensor) {
        float[] all = new float[Math.toIntExact(tensor.info().elements())];
        int width = Math.toIntExact(tensor.info().rowLength());
        tensor.readRows(
                0,
                tensor.info().rows(),
                (first, count, rows) -> System.arraycopy(rows, 0, all, (int) first * width, count * width));
        return all;
    }
}
