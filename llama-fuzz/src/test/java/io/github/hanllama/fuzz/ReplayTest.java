package io.github.hanllama.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** One input, {@code -Dfuzz.input}, for one target, {@code -Dfuzz.target}, without Jazzer: for the debugger. */
@EnabledIfSystemProperty(named = "fuzz.input", matches = ".+", disabledReason = "no -Dfuzz.input to replay")
class ReplayTest {
    @Test
    void input_isUsedOrRefused() throws IOException {
        byte[] input = Files.readAllBytes(Path.of(System.getProperty("fuzz.input")));
        System.out.println(Trial.run(Targets.named(System.getProperty("fuzz.target")), input));
    }
}
