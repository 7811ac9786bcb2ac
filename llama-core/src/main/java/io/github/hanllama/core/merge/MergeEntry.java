package io.github.hanllama.core.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.files.Durable;
import io.github.hanllama.core.files.FileHash;
import io.github.hanllama.core.files.FileState;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One kept model: its files in {@code model}, and {@code entry.json}, which says what it is made of and how its files were
 * when they were written. When they are no longer so, they are hashed before they are believed.
 */
final class MergeEntry {
    static final String RECORD = "entry.json";

    private static final String MODEL = "model";
    private static final String MADE_OF = "made_of";
    private static final String FILES = "files";
    private static final String NAME = "name";
    private static final String SHA256 = "sha256";
    private static final int SMALL_BYTES = 64 << 20;

    private final Path folder;

    MergeEntry(Path folder) {
        this.folder = folder;
    }

    Path record() {
        return folder.resolve(RECORD);
    }

    /** What it is made of, as {@link MergeKey#json} says. */
    ObjectNode madeOf() throws UnusableException {
        if (!(read().get(MADE_OF) instanceof ObjectNode madeOf)) {
            throw new UnusableException(RECORD + " does not say what it is made of");
        }
        return madeOf;
    }

    private ObjectNode read() throws UnusableException {
        if (!Files.isRegularFile(record())) {
            throw new UnusableException("is not there yet");
        }
        try {
            if (Files.size(record()) > SMALL_BYTES) {
                throw new UnusableException(RECORD + " is too large");
            }
            return StrictJson.object(Files.readAllBytes(record()), record().toString());
        } catch (IOException | LlamaException e) {
            throw new UnusableException("cannot be read: " + e.getMessage());
        }
    }

    /** Writes the model and its record into this folder, which nobody knows yet, and forces all of it to disk. */
    void write(MergeKey key, Checkpoint checkpoint, WriteOptions options) throws IOException {
        new StoredModel(model()).write(checkpoint, options);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set(MADE_OF, key.json());
        for (Path file : list()) {
            String hash = Files.size(file) > SMALL_BYTES ? "" : FileHash.sha256(Files.readAllBytes(file));
            json.withArray(FILES).addObject().put(NAME, name(file)).put(SHA256, hash);
            Durable.force(file);
        }
        writeRecord(json);
        Durable.force(model());
    }

    private Path model() {
        return folder.resolve(MODEL);
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> files = Files.list(model())) {
            return files.sorted().toList();
        }
    }

    /** With the files as they are now. */
    private void writeRecord(ObjectNode json) throws IOException {
        for (JsonNode file : json.withArray(FILES)) {
            ((ObjectNode) file)
                    .put(MergeKey.STATE, state(model().resolve(file.get(NAME).asText())));
        }
        Path temporary = folder.resolve("." + RECORD + "-" + UUID.randomUUID());
        Files.writeString(temporary, PrettyJson.print(json));
        Durable.force(temporary);
        Files.move(temporary, record(), StandardCopyOption.ATOMIC_MOVE);
        Durable.force(folder);
    }

    /** Not where it is: a folder may be moved. */
    private static String state(Path file) throws IOException {
        return FileState.of(file).substring(file.toRealPath().toString().length() + 1);
    }

    /** @throws UnusableException when it is not what the key says, or not what was written */
    Checkpoint open(MergeKey key, Cancellation cancellation) throws UnusableException {
        ObjectNode json = read();
        if (!madeOf().equals(key.json())) {
            throw new UnusableException("is made of something else");
        }
        try {
            Optional<String> touched = touched(json);
            if (touched.isPresent()) {
                requireIntact(json, cancellation);
                writeRecord(json);
            }
            return new StoredModel(model()).open();
        } catch (IOException | LlamaException e) {
            throw new UnusableException("is damaged: " + e.getMessage());
        }
    }

    /** The first file that is not as it was left. */
    private Optional<String> touched(ObjectNode json) throws IOException {
        List<JsonNode> files = json.path(FILES).valueStream().toList();
        List<Path> found = list();
        if (files.size() != found.size()) {
            return Optional.of("number of files");
        }
        for (int i = 0; i < files.size(); i++) {
            JsonNode file = files.get(i);
            boolean same = file.path(NAME).asText().equals(name(found.get(i)))
                    && file.path(MergeKey.STATE).asText().equals(state(found.get(i)));
            if (!same) {
                return Optional.of(name(found.get(i)));
            }
        }
        return Optional.empty();
    }

    /** Reads every byte: somebody copied, restored or changed something. */
    private void requireIntact(ObjectNode json, Cancellation cancellation) throws IOException, UnusableException {
        for (JsonNode file : json.path(FILES)) {
            Path path = model().resolve(file.path(NAME).asText());
            String expected = file.path(SHA256).asText();
            if (!Files.isRegularFile(path)
                    || !expected.isEmpty()
                            && !FileHash.sha256(path, bytes -> {}).hex().equals(expected)) {
                throw new UnusableException("is damaged: " + path.getFileName());
            }
        }
        Optional<String> difference = new StoredModel(model()).difference(cancellation);
        if (difference.isPresent() || json.path(FILES).size() != list().size()) {
            throw new UnusableException("is damaged: " + difference.orElse("a file is missing or new"));
        }
    }

    /** Why an entry is not used. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1;

        UnusableException(String reason) {
            super(reason);
        }
    }
}
