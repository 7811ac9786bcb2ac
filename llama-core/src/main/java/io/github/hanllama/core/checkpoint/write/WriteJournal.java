package io.github.hanllama.core.checkpoint.write;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.file.FolderFiles;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which tensors of an unfinished folder are written, one line of JSON each, after a line that says by which plan. A line is
 * only believed while the bytes in the files have its hashes, so nothing depends on what was on the disk when a process was
 * killed. Thread-safe.
 */
public final class WriteJournal implements AutoCloseable {
    /** Its name in the folder. */
    static final String NAME = ".hanllama-resume.jsonl";

    private static final String PLAN = "plan";
    private static final String TENSOR = "tensor";
    private static final String SHA256 = "sha256";
    private static final String PARTS = "parts";
    private static final String INFINITIES = "infinities";
    private static final long MAX_BYTES = 256L << 20;

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Written> known = new ConcurrentHashMap<>();

    private WriteJournal(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * What a tensor became.
     *
     * @param sha256 of all of it
     * @param parts of what each file has of it
     * @param infinities how many infinite values were computed, not copied
     */
    public record Written(String sha256, List<String> parts, long infinities) {
        public Written {
            parts = List.copyOf(parts);
        }
    }

    /**
     * Goes on in a folder that was begun by the same plan; any other is emptied.
     *
     * @param plan tells this write from all others
     * @throws IllegalArgumentException when another process is at it
     */
    static WriteJournal open(Path folder, String plan) {
        Path file = folder.resolve(NAME);
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            WriteJournal journal = new WriteJournal(file, channel);
            journal.lock();
            if (!journal.read(plan)) {
                journal.empty(folder);
                journal.append(JsonNodeFactory.instance.objectNode().put(PLAN, plan));
            }
            return journal;
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private void lock() throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            // in this process, then
        }
        channel.close();
        throw new IllegalArgumentException(file.getParent() + ": another conversion is writing there");
    }

    private boolean read(String plan) throws IOException {
        String text = text();
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !line(lines.getFirst()).path(PLAN).asText().equals(plan)) {
            return false;
        }
        lines.stream().skip(1).map(WriteJournal::line).forEach(this::remember);
        channel.truncate(text.lastIndexOf('\n') + 1L).position(channel.size());
        return true;
    }

    /** A character for each byte: a line that was cut may hold anything. */
    private String text() throws IOException {
        if (channel.size() > MAX_BYTES) {
            return "";
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            continue;
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }

    private static JsonNode line(String text) {
        try {
            return StrictJson.object(text.getBytes(StandardCharsets.ISO_8859_1), NAME);
        } catch (ModelFormatException e) {
            return JsonNodeFactory.instance.objectNode(); // cut off
        }
    }

    private void remember(JsonNode line) {
        List<String> parts =
                line.path(PARTS).valueStream().map(JsonNode::asText).toList();
        Written written = new Written(
                line.path(SHA256).asText(), parts, line.path(INFINITIES).asLong());
        known.put(line.path(TENSOR).asText(), written);
    }

    private void empty(Path folder) throws IOException {
        for (Path path : FolderFiles.list(folder)) {
            if (!path.equals(file)) {
                Files.delete(path);
            }
        }
        channel.truncate(0);
    }

    /** What a tensor became before, by its name in the files. */
    Optional<Written> find(String tensor) {
        return Optional.ofNullable(known.get(tensor));
    }

    /** Takes down a tensor that is written. */
    void add(String tensor, Written written) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put(TENSOR, tensor).put(SHA256, written.sha256).put(INFINITIES, written.infinities);
        written.parts.forEach(line.putArray(PARTS)::add);
        append(line);
    }

    private synchronized void append(ObjectNode line) {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** Ends it: everything is written. */
    void remove() {
        close();
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static BackendException unwritable(Path file, IOException cause) {
        return new BackendException(file + ": cannot be written: " + cause.getMessage(), cause);
    }
}
