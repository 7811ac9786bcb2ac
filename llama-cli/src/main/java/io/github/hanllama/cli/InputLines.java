package io.github.hanllama.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;

/** Lines of bytes from a stream, each of bounded length. */
final class InputLines {
    /** Far above any prompt, far below what would exhaust a small heap. */
    static final int MAX_LINE_BYTES = 64 << 20;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;
    private long number;

    InputLines(InputStream in) {
        this.in = in;
    }

    /** The number of the line last returned, from 1. */
    long number() {
        return number;
    }

    /** Whether the next line may have to be waited for: a good moment to flush answers. */
    boolean drained() {
        return start == end;
    }

    /** The next line without its line break; empty at the end of the input. */
    Optional<byte[]> next() {
        if (!fill()) {
            return Optional.empty();
        }
        number++;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        do {
            int lineBreak = indexOfLineBreak();
            append(line, lineBreak - start);
            boolean complete = lineBreak < end;
            start = complete ? lineBreak + 1 : lineBreak;
            if (complete) {
                break;
            }
        } while (fill());
        return Optional.of(withoutCarriageReturn(line.toByteArray()));
    }

    private boolean fill() {
        if (start == end) {
            try {
                start = 0;
                end = Math.max(0, in.read(buffer));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return start < end;
    }

    private int indexOfLineBreak() {
        int index = start;
        while (index < end && buffer[index] != '\n') {
            index++;
        }
        return index;
    }

    private void append(ByteArrayOutputStream line, int length) {
        if (line.size() + length > MAX_LINE_BYTES) {
            throw new InputException(
                    "line " + number + " of the input: expected at most " + MAX_LINE_BYTES + " bytes, found more");
        }
        line.write(buffer, start, length);
    }

    private static byte[] withoutCarriageReturn(byte[] line) {
        boolean windows = line.length > 0 && line[line.length - 1] == '\r';
        return windows ? Arrays.copyOf(line, line.length - 1) : line;
    }
}
