package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers of a run that is not done, as JSON Lines: the command line first, then one answer per line. Each is on the
 * disk before the next prompt begins; a line that a kill cut short is forgotten.
 */
final class PredictionLog implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final List<Prediction> predictions = new ArrayList<>();

    private PredictionLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Goes on with the file, or begins it. */
    static PredictionLog open(Path file, List<String> command) {
        try {
            boolean begun = Files.exists(file);
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            PredictionLog log = new PredictionLog(file, channel);
            try {
                log.start(begun ? Files.readAllBytes(file) : new byte[0], command);
                return log;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is answered so far, in the order of the prompts. */
    List<Prediction> predictions() {
        return List.copyOf(predictions);
    }

    void append(Prediction prediction) {
        try {
            write(prediction::write);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        predictions.add(prediction);
    }

    private void start(byte[] bytes, List<String> command) throws IOException {
        int complete = bytes.length;
        while (complete > 0 && bytes[complete - 1] != '\n') {
            complete--;
        }
        channel.truncate(complete);
        channel.position(complete);
        if (complete == 0) {
            write(json -> {
                json.writeStartArray();
                for (String word : command) {
                    json.writeString(word);
                }
                json.writeEndArray();
            });
            return;
        }
        List<String> lines =
                new String(bytes, 0, complete, StandardCharsets.UTF_8).lines().toList();
        requireSameCommand(parse(lines.getFirst(), 1), command);
        for (int i = 1; i < lines.size(); i++) {
            int number = i + 1;
            predictions.add(Prediction.of(parse(lines.get(i), number)).orElseThrow(() -> damaged(number)));
        }
    }

    private void requireSameCommand(JsonNode header, List<String> command) {
        List<String> begun = new ArrayList<>();
        header.forEach(word -> begun.add(word.asText()));
        if (!begun.equals(command)) {
            throw new InputException(file + " was begun by another command line, llama " + String.join(" ", begun)
                    + "; repeat that one to go on with it, or delete the file");
        }
    }

    private JsonNode parse(String line, int number) {
        try {
            return Json.MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw damaged(number);
        }
    }

    private InputException damaged(int number) {
        return new InputException("line " + number + " of " + file + ": expected an answer, found something else;"
                + " delete the file to begin again");
    }

    private void write(JsonLines.AnswerBody body) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = Json.MAPPER.createGenerator(line)) {
            body.write(json);
        }
        line.write('\n');
        ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(false);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
