package io.github.hanllama.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A prompt on each line, without the white space around it; empty lines are none. */
final class PromptFile {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private PromptFile() {}

    /** @throws InputException when the file holds no prompt, or something else than UTF-8 */
    static List<String> read(Path file) {
        List<String> prompts = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            InputLines lines = new InputLines(in);
            for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
                String prompt = decode(line.get(), lines.number(), file);
                if (!prompt.isEmpty()) {
                    prompts.add(prompt);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (prompts.isEmpty()) {
            throw new InputException(file + ": expected a prompt on each line, found none");
        }
        return prompts;
    }

    private static String decode(byte[] line, long number, Path file) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
            boolean marked = number == 1 && text.startsWith(BYTE_ORDER_MARK);
            return (marked ? text.substring(1) : text).strip();
        } catch (CharacterCodingException e) {
            throw new InputException("line " + number + " of " + file + ": expected UTF-8, found other bytes", e);
        }
    }
}
