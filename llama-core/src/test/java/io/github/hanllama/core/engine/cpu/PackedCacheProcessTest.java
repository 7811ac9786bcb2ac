package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.LanguageModel;
import io.github.hanllama.core.engine.Session;
import io.github.hanllama.core.progress.Progress;
import io.github.hanllama.testdata.TestData;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Processes that share a folder of packed weights, one of them killed while it writes. */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(60)
class PackedCacheProcessTest {
    private static final Path MODEL = TestData.path("gguf/tiny-llama-q4_0.gguf").toAbsolutePath();

    @TempDir
    Path folder;

    @Test
    void killedWriter_leavesNothingUnderTheFinalNameAndTheNextNothingElse() throws Exception {
        Process victim = start("hang");
        try {
            assertThat(victim.inputReader().readLine()).isEqualTo(Loader.WRITING);
            assertThat(files()).singleElement().satisfies(file -> assertThat(file)
                    .startsWith("."));
        } finally {
            victim.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        assertThat(files()).singleElement().satisfies(file -> assertThat(file).startsWith("."));
        Loader.load(folder, false);
        assertThat(files()).singleElement().satisfies(file -> assertThat(file).endsWith(".packed"));
    }

    @Test
    void twoProcesses_bothEndRight() throws Exception {
        List<Process> processes = List.of(start("run"), start("run"));
        String expected = Loader.load(folder.resolve("other"), false);
        for (Process process : processes) {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(said.lines().filter(line -> line.startsWith("logits"))).containsExactly(expected);
            assertThat(process.waitFor()).isZero();
        }
        assertThat(files().stream().filter(file -> file.endsWith(".packed"))).hasSize(1);
        assertThat(files()).noneMatch(file -> file.startsWith("."));
    }

    /** A full disk as a process meets it: the system takes part of what is written, then no more. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void writeThatBreaksOff_leavesNothingSaysSoAndRunsFromMemory() throws Exception {
        Process limited =
                new ProcessBuilder(command(List.of("sh", "-c", "ulimit -f 64; exec \"$@\"", "sh"), "run")).start();
        String out = new String(limited.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String log = new String(limited.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(limited.waitFor()).as(log).isZero();
        assertThat(log).contains(".packed: packed weights cannot be kept: java.io.IOException");
        assertThat(files()).isEmpty();
        assertThat(out.strip()).isEqualTo(Loader.load(folder, false));
        assertThat(files()).singleElement().satisfies(file -> assertThat(file).endsWith(".packed"));
    }

    private Process start(String mode) throws IOException {
        return new ProcessBuilder(command(List.of(), mode))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private List<String> command(List<String> before, String mode) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:-UsePerfData", "-cp", classPath(), Loader.class.getName()));
        command.addAll(List.of(folder.toString(), MODEL.toString(), mode));
        return command;
    }

    private static String classPath() {
        List<String> classes = List.of(
                System.getProperty("java.class.path"),
                System.getProperty("jdk.module.path", ""),
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                Path.of("target", "classes").toAbsolutePath().toString());
        return String.join(File.pathSeparator, classes);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }

    /** Loads the model and says what it computes, or hangs as soon as it writes. */
    static final class Loader {
        static final String WRITING = "writing";

        private Loader() {}

        public static void main(String[] args) {
            System.out.println(load(Path.of(args[0]), Path.of(args[1]), args[2].equals("hang")));
        }

        static String load(Path folder, boolean hang) {
            return load(folder, MODEL, hang);
        }

        private static String load(Path folder, Path model, boolean hang) {
            EngineOptions options = EngineOptions.defaults().packedCache(folder).listener(progress -> {
                if (hang && progress.stage() == Progress.Stage.WRITE) {
                    System.out.println(WRITING);
                    sleep();
                }
            });
            try (Checkpoint checkpoint = PackedCacheTest.open(model);
                    LanguageModel loaded = new JavaEngine().load(checkpoint, options);
                    Session session = loaded.newSession(4)) {
                return "logits " + Arrays.hashCode(session.prefill(new int[] {1, 2, 3}));
            }
        }

        private static void sleep() {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
