package io.github.hanllama.cli;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes: UTF-8 always. Standard output is buffered until {@link #flush()}; an error on it is
 * thrown, where a {@code PrintStream} would go on in silence.
 */
final class Terminal {
    /** Takes back what stands on the line. */
    static final String ERASE = "\r\u001b[K";

    private final InputStream in;
    private final OutputStream out;
    private final OutputStream err;
    private final boolean interactive;
    private boolean broken;

    /** @param interactive whether somebody watches standard error */
    Terminal(InputStream in, OutputStream out, OutputStream err, boolean interactive) {
        this.in = in;
        this.out = out instanceof FileOutputStream ? new BufferedOutputStream(out, 1 << 16) : out;
        this.err = err;
        this.interactive = interactive;
    }

    InputStream in() {
        return in;
    }

    boolean interactive() {
        return interactive;
    }

    void print(String text) {
        write(stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    void println(String line) {
        print(line + "\n");
    }

    void flush() {
        write(OutputStream::flush);
    }

    /** Writes to standard output; once that has failed it is not tried again. */
    void write(Writing writing) {
        if (broken) {
            return;
        }
        try {
            writing.to(out);
        } catch (IOException e) {
            broken = true;
            throw new UncheckedIOException(new IOException("cannot write to standard output: " + e.getMessage(), e));
        }
    }

    /** To standard error, at once. */
    void error(String text) {
        try {
            err.write(text.getBytes(StandardCharsets.UTF_8));
            err.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A line to standard error, in place of the progress that somebody may be watching there. */
    void errorLine(String line) {
        error((interactive ? ERASE : "") + line + "\n");
    }

    /** Writes bytes somewhere. */
    @FunctionalInterface
    interface Writing {
        void to(OutputStream stream) throws IOException;
    }
}
