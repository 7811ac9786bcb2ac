package io.github.hanllama.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.core.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code trees/<commit>.json}: the files of a commit, as Python's huggingface_hub remembers them. A commit never changes,
 * so neither does this.
 */
final class TreeFile {
    private static final int VERSION = 1;
    private static final long MAX_BYTES = 16 << 20;

    private TreeFile() {}

    /** Empty when it is not there or not what it should be: then the hub is asked again. */
    static Optional<Listing> read(Path file, String commit) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
                return Optional.empty();
            }
            JsonNode document = StrictJson.object(Files.readAllBytes(file), file.toString());
            return document.path("format_version").asInt() == VERSION
                    ? files(document.path("files"), file.toString())
                            .map(files -> new Listing(commit, commit, files, true))
                    : Optional.empty();
        } catch (IOException | ModelFormatException | HubException e) {
            return Optional.empty();
        }
    }

    private static Optional<SortedMap<String, RepoFile>> files(JsonNode entries, String origin) {
        SortedMap<String, RepoFile> files = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : entries.properties()) {
            JsonNode values = entry.getValue();
            JsonNode large = values.path("lfs_sha256");
            boolean inGit = large.isMissingNode() || large.isNull();
            JsonNode size = inGit ? values.path("size") : values.path("lfs_size");
            Optional<RepoFile> file =
                    TreeReader.read(origin, entry.getKey(), size, inGit ? values.path("blob_id") : large);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            files.put(entry.getKey(), file.get());
        }
        return Optional.of(files);
    }

    static byte[] bytes(Listing listing) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("format_version", VERSION);
        ObjectNode entries = document.putObject("files");
        listing.files().forEach((path, file) -> {
            ObjectNode entry = entries.putObject(path);
            entry.put("size", file.size());
            entry.put("blob_id", blobId(file));
            if (file.etag().isSha256()) {
                entry.put("lfs_sha256", file.etag().hex());
                entry.put("lfs_size", file.size());
            }
        });
        return PrettyJson.print(document).getBytes(StandardCharsets.UTF_8);
    }

    /** In place of a large file git holds a few lines that point to it. */
    private static String blobId(RepoFile file) {
        if (!file.etag().isSha256()) {
            return file.etag().hex();
        }
        byte[] pointer = ("version https://git-lfs.github.com/spec/v1\noid sha256:"
                        + file.etag().hex() + "\nsize " + file.size() + "\n")
                .getBytes(StandardCharsets.US_ASCII);
        return Etag.gitBlob(pointer).hex();
    }
}
