package io.github.hanllama.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Jazzer on one target, in a JVM of its own with a small heap. What it leaves is in {@code target/fuzz/<name>}. */
final class JazzerRun {
    private static final int INPUT_TIMEOUT_SECONDS = 120;
    private static final int STARTUP_SECONDS = 300;
    private static final List<String> NO_PARSERS = List.of(
            "io.github.hanllama.quant.**",
            "io.github.hanllama.testdata.**",
            "io.github.hanllama.core.engine.reference.**",
            "io.github.hanllama.core.engine.cpu.**");
    private static final Pattern EXECUTIONS = Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");
    private static final Pattern COVERAGE = Pattern.compile("cov: (\\d+) ft: (\\d+)");
    private static final Pattern FINDING = Pattern.compile("Test unit written to (\\S+)");

    private final String name;
    private final Path folder;
    private final Path log;

    JazzerRun(String name) {
        this.name = name;
        this.folder = Path.of("target", "fuzz", name).toAbsolutePath();
        this.log = folder.resolve("log.txt");
    }

    /** What was done, in one line. @throws AssertionError with the finding, if there is one */
    String fuzz(int seconds) {
        try {
            Process process = start(seconds);
            if (!process.waitFor(seconds + INPUT_TIMEOUT_SECONDS + STARTUP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(name + ": did not end in time, see " + log);
            }
            String output = Files.readString(log, StandardCharsets.ISO_8859_1); // it shows inputs as they are
            if (process.exitValue() != 0) {
                throw new AssertionError(failure(output));
            }
            return name + ": " + last(EXECUTIONS, output).orElseThrow() + " runs, "
                    + last(COVERAGE, output).orElse("no") + " edges, " + seconds + " s";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(name + ": interrupted", e);
        }
    }

    private Process start(int seconds) throws IOException {
        FuzzTarget target = Targets.named(name);
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        Path findings = Files.createDirectories(folder.resolve("findings"));
        List<String> command = new ArrayList<>(jvm());
        command.addAll(List.of(
                "-Dfuzz.target=" + name,
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + JazzerEntry.class.getName(),
                "--instrumentation_includes=io.github.hanllama.**",
                "--custom_hook_includes=io.github.hanllama.**",
                "--instrumentation_excludes=" + String.join(":", NO_PARSERS),
                "--disabled_hooks=" + String.join(":", target.disabledHooks()),
                "--reproducer_path=" + findings,
                "-artifact_prefix=" + findings + "/",
                "-max_total_time=" + seconds,
                "-timeout=" + INPUT_TIMEOUT_SECONDS,
                "-max_len=" + target.maxLength(),
                "-print_final_stats=1",
                corpus.toString(),
                seeds(target).toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static List<String> jvm() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path")));
        for (String property : List.of("hanllama.testdata", "hanllama.data")) {
            Optional.ofNullable(System.getProperty(property))
                    .ifPresent(value -> command.add("-D" + property + "=" + value));
        }
        return command;
    }

    private Path seeds(FuzzTarget target) throws IOException {
        Path seeds = Files.createDirectories(folder.resolve("seeds"));
        try (Stream<Path> old = Files.list(seeds)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        int number = 0;
        for (byte[] seed : Seeds.of(name, target).values()) {
            if (seed.length <= target.maxLength()) {
                Files.write(seeds.resolve("seed" + number++), seed);
            }
        }
        return seeds;
    }

    private String failure(String output) {
        Optional<String> input = last(FINDING, output);
        int start = Math.max(0, output.indexOf("== Java Exception"));
        String excerpt = output.substring(start, Math.min(output.length(), start + 4000));
        return name + ": "
                + input.map(path -> "finding " + path + "; replay it with: mvn -Dquick -pl llama-fuzz -am test"
                                + " -Dtest=ReplayTest -Dsurefire.failIfNoSpecifiedTests=false -Dfuzz.target=" + name
                                + " -Dfuzz.input=" + path)
                        .orElse("failed")
                + "\nAll of the log: " + log + "\n" + excerpt;
    }

    private static Optional<String> last(Pattern pattern, String text) {
        return pattern.matcher(text).results().reduce((first, second) -> second).map(found -> found.group(1));
    }
}
