package io.github.hanllama.lora;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.json.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What the {@code hanllama-merge.json} beside a written model says was put into it. */
final class PatchRecord {
    private static final String MANIFEST = "hanllama-merge.json";
    private static final long MAX_BYTES = 256 << 20;

    private PatchRecord() {}

    /** Whether a file of the patch is among what the base was written from. */
    static boolean names(Checkpoint base, PatchWeights patch) {
        Set<Path> folders = base.weightFiles().stream()
                .map(file -> Objects.requireNonNull(file.toAbsolutePath().getParent()))
                .collect(Collectors.toSet());
        return folders.stream()
                .map(folder -> folder.resolve(MANIFEST))
                .filter(Files::isRegularFile)
                .anyMatch(manifest -> names(manifest, patch.weightFiles().getFirst()));
    }

    private static boolean names(Path manifest, Path file) {
        try {
            if (Files.size(manifest) > MAX_BYTES) {
                return false; // none of ours
            }
            JsonNode inputs = StrictJson.object(Files.readAllBytes(manifest), manifest.toString())
                    .path("inputs");
            long size = Files.size(file);
            return inputs.valueStream().anyMatch(input -> input.path("size").asLong() == size)
                    && inputs.findValuesAsText("sha256").contains(Sha256.of(file));
        } catch (IOException e) {
            throw new ModelNotFoundException(manifest + ": cannot be read: " + e, e);
        }
    }
}
