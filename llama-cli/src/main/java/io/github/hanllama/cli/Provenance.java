package io.github.hanllama.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a folder that was written here says of its making. */
final class Provenance {
    private static final String MANIFEST = "hanllama-merge.json";
    private static final int MAX_BYTES = 64 << 20;

    private Provenance() {}

    /** In words; none for a folder without the record. */
    static Optional<String> of(Path folder) {
        Path manifest = folder.resolve(MANIFEST);
        try {
            if (!Files.isRegularFile(manifest) || Files.size(manifest) > MAX_BYTES) {
                return Optional.empty();
            }
            JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(manifest));
            List<String> inputs = json.path("inputs")
                    .valueStream()
                    .map(input -> input.path("file").asText())
                    .toList();
            List<String> notes = json.path("not_in_the_format")
                    .valueStream()
                    .map(JsonNode::asText)
                    .toList();
            return Optional.of("written by HanLlama from " + shown(inputs)
                    + (notes.isEmpty() ? "" : "; not in the format: " + shown(notes)) + "; verify checks it");
        } catch (IOException e) {
            return Optional.of("with a " + MANIFEST + " that cannot be read");
        }
    }

    /** As text from a file that anybody may have written. */
    private static String shown(List<String> texts) {
        return texts.stream().limit(10).map(Failures::printable).collect(Collectors.joining(", "))
                + (texts.size() > 10 ? " and " + (texts.size() - 10) + " more" : "");
    }
}
