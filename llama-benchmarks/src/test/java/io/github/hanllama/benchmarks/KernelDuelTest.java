package io.github.hanllama.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.PackedMatrix;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelDuelTest {
    @Test
    void run_aBuildAgainstItself_hasTheSameBitsAndALineEach() throws Exception {
        Path build = Path.of(PackedMatrix.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (KernelDuel duel = new KernelDuel(List.of(build, build), new PrintStream(out, true, UTF_8))) {
            assertThat(duel.run("Q4_0", "64x64", "generated 1", 2, 0)).isTrue();
        }
        assertThat(out.toString(UTF_8).lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("Q4_0 ") && line.endsWith(build.toString()))
                .noneMatch(line -> line.contains("OTHER BITS"));
    }
}
