package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Every text is the right one while adapters come and go, and nothing of them stays behind. */
@Execution(ExecutionMode.CONCURRENT)
class AdapterSwapsTest {
    private static final int MOST_GROWTH = 64 << 10; // KiB

    @Test
    @Timeout(300)
    void swaps_leaveTextsRightAndNoMatrices() throws Exception {
        try (AdapterSwaps swaps = new AdapterSwaps()) {
            assertThat(swaps.run(50)).allMatch(texts -> texts > 0);
            assertThat(swaps.leftover()).isZero();
        }
    }

    /** In a process whose heap cannot grow; matrices that stayed behind would take 75 MB more. */
    @Test
    @Timeout(300)
    @EnabledOnOs(OS.LINUX)
    void swaps_doNotGrowTheProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms64m",
                        "-Xmx64m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:TieredStopAtLevel=1", // scalar kernels, compiled once: less of its own memory comes and
                        // goes
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dhanllama.testdata=" + System.getProperty("hanllama.testdata"),
                        "-Dhanllama.data=" + System.getProperty("hanllama.data"),
                        "-cp",
                        classPath(),
                        AdapterSwaps.class.getName(),
                        "50",
                        System.getProperty("hanllama.swaps", "200"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        List<String> lines = said.lines().toList();
        assertThat(Long.parseLong(lines.getLast())).as(said).isLessThan(MOST_GROWTH);
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                System.getProperty("java.class.path"),
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                Path.of("target", "classes").toAbsolutePath().toString());
    }
}
