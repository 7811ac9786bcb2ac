package io.github.hanllama.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class ExamplesTest {
    @Test
    void forkPrompt_continuesBothQuestions() {
        String printed = printed((out, model) -> ForkPrompt.run(model, out));

        assertThat(printed.lines()).hasSize(2).allMatch(line -> line.matches("question [01] continues with id \\d+"));
    }

    @Test
    void constrainedReply_writesOnlyLowerCase() {
        String printed = printed((out, model) -> ConstrainedReply.run(model, "Once upon a time", out));

        assertThat(printed.strip()).isNotEmpty().matches("[a-z ]+");
    }

    private static String printed(BiConsumer<PrintStream, Path> example) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        example.accept(new PrintStream(bytes, true, StandardCharsets.UTF_8), TestData.path("models/stories260k-hf"));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
