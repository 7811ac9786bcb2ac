package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/** Requests and answers, one JSON object per line. */
final class JsonLines {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final Terminal terminal;

    JsonLines(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Handles every request on standard input; blank lines are skipped, errors name their line. */
    void forEachRequest(Consumer<Request> handler) {
        InputLines lines = new InputLines(terminal.in());
        for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
            byte[] json = lines.number() == 1 ? withoutByteOrderMark(line.get()) : line.get();
            if (!isBlank(json)) {
                handle(json, lines.number(), handler);
            }
            if (lines.drained()) {
                terminal.flush();
            }
        }
    }

    private static void handle(byte[] json, long number, Consumer<Request> handler) {
        try {
            handler.accept(new Request(parse(json)));
        } catch (InputException | IllegalArgumentException e) {
            throw new InputException("line " + number + " of the input: " + e.getMessage(), e);
        }
    }

    private static JsonNode parse(byte[] json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonEOFException e) {
            throw new InputException("expected a JSON object, found the end of the line inside it", e);
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            throw new InputException(
                    "expected a JSON object, found at column " + column + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InputException("expected a JSON object in UTF-8, found: " + e.getMessage(), e);
        }
    }

    /** Writes one line. */
    void answer(AnswerBody body) {
        terminal.write(stream -> {
            JsonGenerator json = Json.MAPPER.createGenerator(stream);
            json.writeStartObject();
            body.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
            json.close();
        });
    }

    private static byte[] withoutByteOrderMark(byte[] line) {
        boolean marked = line.length >= 3 && Arrays.equals(line, 0, 3, BYTE_ORDER_MARK, 0, 3);
        return marked ? Arrays.copyOfRange(line, 3, line.length) : line;
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    /** Writes the fields of an answer. */
    @FunctionalInterface
    interface AnswerBody {
        void write(JsonGenerator json) throws IOException;
    }
}
