package io.github.hanllama.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private boolean debug;
    private final Failures failures = new Failures(
            new Terminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), err, false), () -> debug);

    private record Case(Error thrown, String line) {}

    private static List<Case> errors() {
        return List.of(
                new Case(
                        new OutOfMemoryError("Java heap space"),
                        "out of memory: Java heap space; LLAMA_JAVA_OPTS=-Xmx... gives the JVM more"),
                new Case(
                        new StackOverflowError(),
                        "internal error, please report it with --debug: java.lang.StackOverflowError"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void guard_error_isOneLine(Case error) {
        int code = failures.guard(() -> {
            throw error.thrown;
        });

        assertThat(code).isEqualTo(1);
        assertThat(err).hasToString("llama: " + error.line + "\n");
    }

    @Test
    void guard_filesThatCannotBeRead_areNamed() {
        assertThat(guard(new NoSuchFileException("a/b"))).isEqualTo("llama: not found: a/b\n");
        assertThat(guard(new AccessDeniedException("a/b"))).isEqualTo("llama: not allowed to open: a/b\n");
        assertThat(guard(new IOException("bad\n\u001b[31mdisk"))).isEqualTo("llama: bad\uFFFD\uFFFD[31mdisk\n");
    }

    @Test
    void guard_readerIsGone_isNoFailure() {
        int code = failures.guard(() -> {
            throw new UncheckedIOException("Broken pipe", new IOException("Broken pipe"));
        });

        assertThat(code).isZero();
        assertThat(err.size()).isZero();
    }

    @Test
    void guard_debug_showsTheTrace() {
        debug = true;

        assertThat(guard(new NoSuchFileException("a/b"))).contains("llama: not found: a/b\n", "\tat ");
    }

    private String guard(IOException cause) {
        err.reset();
        assertThat(failures.guard(() -> {
                    throw new UncheckedIOException(cause);
                }))
                .isEqualTo(1);
        return err.toString();
    }
}
