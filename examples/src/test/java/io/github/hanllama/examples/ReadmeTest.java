package io.github.hanllama.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    @Test
    void snippet_isTheConsumersProgram() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        int start = readme.indexOf("```java\n") + "```java\n".length();
        String snippet = readme.substring(start, readme.indexOf("```", start));

        assertThat(snippet).isEqualTo(Files.readString(Path.of("consumer/src/main/java/demo/FirstReply.java")));
    }
}
