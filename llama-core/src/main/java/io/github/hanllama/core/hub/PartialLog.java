package io.github.hanllama.core.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which bytes of a partial file are there, line by line as they came: what a process that was killed leaves is right but
 * for its last line, which is then torn and left out. A line is written after the bytes it speaks of.
 */
final class PartialLog implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("r (\\d{1,18}) (\\d{1,18})");
    private static final String VALIDATOR = "v ";
    private static final long MAX_BYTES = 64 << 20;

    private final String header;
    private final FileChannel channel;

    private PartialLog(String header, FileChannel channel) {
        this.header = header;
        this.channel = channel;
    }

    /** What an earlier process has left. */
    record Contents(Intervals ranges, Optional<String> validator) {}

    static PartialLog open(Path file, RepoFile content) throws IOException {
        String header = "hanllama-partial 1 " + content.etag().hex() + " " + content.size();
        return new PartialLog(
                header,
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Nothing, if it is about something else. */
    Contents read() throws IOException {
        Contents contents = new Contents(new Intervals(), Optional.empty());
        String text = text();
        if (text.startsWith(header + "\n")) {
            String[] lines = text.substring(0, text.lastIndexOf('\n')).split("\n");
            for (String line : lines) {
                contents = read(line, contents);
            }
            channel.truncate(text.lastIndexOf('\n') + 1L);
            channel.position(channel.size());
        } else {
            clear();
        }
        return contents;
    }

    private String text() throws IOException {
        if (channel.size() > MAX_BYTES) {
            return "";
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        channel.position(0);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }

    private static Contents read(String line, Contents before) {
        Matcher range = RANGE.matcher(line);
        if (range.matches()) {
            before.ranges.add(Long.parseLong(range.group(1)), Long.parseLong(range.group(2)));
        }
        return line.startsWith(VALIDATOR)
                ? new Contents(before.ranges, Optional.of(line.substring(VALIDATOR.length())))
                : before;
    }

    /** As if nothing had come. */
    void clear() throws IOException {
        channel.truncate(0);
        append(header);
    }

    void range(long from, long to) throws IOException {
        append("r " + from + " " + to);
    }

    /** What the server calls the content, in quotes. */
    void validator(String value) throws IOException {
        append(VALIDATOR + value);
    }

    private void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
        channel.position(channel.size());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
