package io.github.hanllama.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every row of the table of bad input has a test: one whose name, or that of the method with its arguments, begins with
 * the row, {@code st3_headerRunsPastTheEnd}, or with several, {@code tj1_tj7_id}. The rows are those of safetensors (ST),
 * torch archives (TZ), PyTorch's older formats (LT), GGUF (GG), SentencePiece models (SP), {@code tokenizer.json} (TJ), adapters
 * (AC), {@code config.json} (CF), {@code params.json} (PJ) and answers of hubs (HU).
 */
class BadInputTest {
    private static final Pattern METHODS = Pattern.compile("\n    (?:void|static Stream<Arguments>) (\\w+)\\(");
    private static final Pattern ROWS = Pattern.compile("\\G((?:st|tz|lt|gg|sp|tj|ac|cf|pj|hu)\\d+)_");

    private static Stream<String> table() {
        return Stream.of(
                        rows("st", 18),
                        rows("tz", 24),
                        rows("lt", 8),
                        rows("gg", 21),
                        rows("sp", 11),
                        rows("tj", 8),
                        rows("ac", 10),
                        rows("cf", 9),
                        rows("pj", 5),
                        rows("hu", 16))
                .flatMap(Function.identity());
    }

    private static Stream<String> rows(String input, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(row -> input + row);
    }

    @Test
    void everyRow_hasATest() throws IOException {
        assertThat(tested()).containsExactlyInAnyOrderElementsOf(table().toList());
    }

    private static Set<String> tested() throws IOException {
        Path project = TestData.path("hostile").resolve("../..").normalize();
        try (Stream<Path> files =
                Files.find(project, 20, (path, attributes) -> path.toString().endsWith("Test.java"))) {
            return files.flatMap(file -> METHODS.matcher(read(file)).results())
                    .map(method -> method.group(1))
                    .flatMap(method -> ROWS.matcher(method).results().map(row -> row.group(1)))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
