package io.github.hanllama.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.hub.HubHttp.Request;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * modelscope.cn. It has no commits to pin, but the SHA-256 of every file; here the commit of a revision is the hash of
 * that list, so that another content is another commit.
 */
final class ModelScopeProtocol implements HubProtocol {
    private static final int MAX_DOCUMENT_BYTES = 16 << 20;
    private static final int COMMIT_DIGITS = 40;
    private static final int SUCCESS = 200;

    private final HubHttp http;

    ModelScopeProtocol(HubHttp http) {
        this.http = http;
    }

    static Map<String, String> credentials(HubToken token) {
        return Map.of(
                "Authorization", "Bearer " + token.value(),
                "Cookie", "m_session_id=" + token.value());
    }

    @Override
    public Listing list(HubId id, Function<String, Optional<Listing>> known, Cancellation cancellation)
            throws IOException {
        URI uri = URI.create(
                model(id) + "/files?Revision=" + RepoPaths.encodedSegment(id.revision()) + "&Recursive=True");
        byte[] document = http.read(Request.get(uri, id.toString()), MAX_DOCUMENT_BYTES, cancellation)
                .bytes();
        TreeReader tree = new TreeReader(id, "");
        for (JsonNode entry : files(id, document)) {
            if (entry.path("Type").asText("").equals("blob")) {
                tree.add(entry.path("Path").asText(""), entry.path("Size"), entry.path("Sha256"));
            }
        }
        Listing listing = tree.listing();
        return new Listing(commit(listing.files()), id.revision(), listing.files(), listing.complete());
    }

    private static JsonNode files(HubId id, byte[] document) {
        JsonNode answer = parsed(id, document);
        if (answer.path("Code").asInt(0) != SUCCESS) {
            throw new HubException(id + ": the hub answered "
                    + Headers.printable(answer.path("Code").asText("without a code") + ", "
                            + answer.path("Message").asText("no message")));
        }
        JsonNode files = answer.path("Data").path("Files");
        if (!files.isArray()) {
            throw new HubException(id + ": expected a list of files, found none; is the endpoint a hub?");
        }
        return files;
    }

    private static JsonNode parsed(HubId id, byte[] document) {
        try {
            return StrictJson.object(document, id.toString());
        } catch (ModelFormatException e) {
            throw new HubException(e.getMessage() + "; is the endpoint a hub?", e);
        }
    }

    private static String commit(SortedMap<String, RepoFile> files) {
        MessageDigest digest = Etag.sha256();
        files.values()
                .forEach(file -> digest.update(
                        (file.path() + "\0" + file.size() + "\0" + file.etag().hex() + "\n")
                                .getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest()).substring(0, COMMIT_DIGITS);
    }

    /** The list has said all there is to say. */
    @Override
    public RepoFile confirm(HubId id, Listing listing, RepoFile file, Cancellation cancellation) {
        return file;
    }

    @Override
    public URI location(HubId id, Listing listing, String path) {
        return URI.create(model(id) + "?Revision=" + RepoPaths.encodedSegment(listing.address()) + "&FilePath="
                + RepoPaths.encodedSegment(path));
    }

    private String model(HubId id) {
        return http.options().endpoint() + "/api/v1/models/" + id.repo() + "/repo";
    }
}
