package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.hanllama.core.checkpoint.file.SmallFiles;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.source.FileRanges;
import java.util.Optional;

/** The {@code hanllama-patch.json} beside a patch that this library has made: the base it belongs to. */
public record PatchBase(String contentSha256) {
    public static final String NAME = "hanllama-patch.json";

    private static final String FIELD = "base_content_sha256";

    private static final int MAX_BYTES = 1 << 16;

    /**
     * Empty for a patch of others, which does not say.
     *
     * @throws ModelFormatException when it is malformed
     */
    public static Optional<PatchBase> read(FileRanges files) {
        if (!files.names().contains(NAME)) {
            return Optional.empty();
        }
        String file = files.origin() + "/" + NAME;
        JsonNode hash =
                StrictJson.object(SmallFiles.read(files, NAME, MAX_BYTES), file).path(FIELD);
        if (!hash.asText().matches("[0-9a-f]{64}")) {
            throw new ModelFormatException(file + ": " + FIELD + ": expected the hex SHA-256 of the base, found "
                    + StrictJson.printable(hash.toString()));
        }
        return Optional.of(new PatchBase(hash.asText()));
    }

    /** The content of the file. */
    public String json() {
        return PrettyJson.print(JsonNodeFactory.instance.objectNode().put(FIELD, contentSha256));
    }
}
