package io.github.hanllama.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.hub.HubHttp.Follow;
import io.github.hanllama.core.hub.HubHttp.Request;
import io.github.hanllama.core.hub.HubHttp.Response;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.net.URI;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** huggingface.co, and whoever speaks like it. */
final class HuggingFaceProtocol implements HubProtocol {
    private static final int MAX_DOCUMENT_BYTES = 16 << 20;
    private static final int MAX_PAGES = 200;

    private final HubHttp http;

    HuggingFaceProtocol(HubHttp http) {
        this.http = http;
    }

    static Map<String, String> credentials(HubToken token) {
        return Map.of("Authorization", "Bearer " + token.value());
    }

    @Override
    public Listing list(HubId id, Function<String, Optional<Listing>> known, Cancellation cancellation)
            throws IOException {
        String commit = Etag.isCommit(id.revision()) ? id.revision() : commit(id, cancellation);
        Optional<Listing> before = known.apply(commit);
        return before.isPresent() ? before.get() : tree(id, commit, cancellation);
    }

    private String commit(HubId id, Cancellation cancellation) throws IOException {
        URI uri = uri("/api/models/" + id.repo() + "/revision/" + RepoPaths.encodedSegment(id.revision()));
        byte[] document = http.read(Request.get(uri, id.toString()), MAX_DOCUMENT_BYTES, cancellation)
                .bytes();
        String commit = json(id, () -> StrictJson.object(document, id.toString()))
                .path("sha")
                .asText("");
        if (!Etag.isCommit(commit)) {
            throw new HubException(id + ": expected a commit of 40 hex digits as sha, found "
                    + Headers.printable(commit.isEmpty() ? "none" : commit) + "; is the endpoint a hub?");
        }
        return commit;
    }

    private Listing tree(HubId id, String commit, Cancellation cancellation) throws IOException {
        TreeReader tree = new TreeReader(id, commit);
        Set<URI> visited = new HashSet<>();
        Optional<URI> page =
                Optional.of(uri("/api/models/" + id.repo() + "/tree/" + commit + "?recursive=true&expand=false"));
        while (page.isPresent()) {
            if (!visited.add(page.get()) || visited.size() > MAX_PAGES) {
                throw new HubException(id + ": the list of files does not end; found " + visited.size() + " pages");
            }
            page = page(id, page.get(), tree, cancellation);
        }
        return tree.listing();
    }

    /** Adds one page and says where the next one is. */
    private Optional<URI> page(HubId id, URI uri, TreeReader tree, Cancellation cancellation) throws IOException {
        Request request = Request.get(uri, id.toString());
        HubHttp.Document document = http.read(request, MAX_DOCUMENT_BYTES, cancellation);
        tree.add(json(id, () -> StrictJson.array(document.bytes(), id.toString())));
        return document.headers().nextPage().map(next -> {
            URI target = resolve(id, uri, next);
            if (!http.hosts().isHub(target)) {
                throw new HubException(id + ": the list of files goes on at another host, " + target.getHost());
            }
            return target;
        });
    }

    private static URI resolve(HubId id, URI uri, String link) {
        try {
            return uri.resolve(link);
        } catch (IllegalArgumentException e) {
            throw new HubException(id + ": the list of files goes on at something that is no address", e);
        }
    }

    @Override
    public RepoFile confirm(HubId id, Listing listing, RepoFile file, Cancellation cancellation) throws IOException {
        String what = id.repo() + "/" + file.path();
        Request request = new Request("HEAD", location(id, listing, file.path()), Map.of(), Follow.HUB, what);
        return new Retry(http.options().transfer(), cancellation).run(() -> {
            try (Response response = http.send(request, cancellation)) {
                return confirmed(what, listing, file, response);
            }
        });
    }

    private static RepoFile confirmed(String what, Listing listing, RepoFile file, Response response) {
        Headers headers = response.headers();
        String commit = headers.value("X-Repo-Commit").orElseThrow(() -> without(what, headers, "X-Repo-Commit"));
        if (!commit.equals(listing.commit())) {
            throw new HubException(what + ": expected commit " + listing.commit() + " in X-Repo-Commit, found "
                    + Headers.printable(commit));
        }
        boolean linked = headers.value("X-Linked-Etag").isPresent();
        String etag = headers.value("X-Linked-Etag")
                .or(() -> headers.value("ETag"))
                .orElseThrow(() -> without(what, headers, "X-Linked-Etag or ETag"));
        RepoFile found = new RepoFile(
                file.path(),
                size(what, response),
                Etag.ofHeader(etag, what + ": " + (linked ? "X-Linked-Etag" : "ETag")));
        if (!found.equals(file)) {
            throw new HubException(what + ": expected " + file.size() + " bytes, "
                    + file.etag().hex()
                    + ", as the list of files says; found " + found.size() + " bytes, "
                    + found.etag().hex()
                    + headers.requestId());
        }
        return found;
    }

    /** The length of a redirect is that of its own body. */
    private static long size(String what, Response response) {
        OptionalLong size = response.headers().number("X-Linked-Size");
        if (size.isEmpty() && response.status() < 300) {
            size = response.headers().number("Content-Length");
        }
        return size.orElseThrow(() -> without(what, response.headers(), "X-Linked-Size or Content-Length"));
    }

    private static HubException without(String what, Headers headers, String name) {
        return new HubException(
                what + ": expected the header " + name + ", found none; is the endpoint a hub?" + headers.requestId());
    }

    @Override
    public URI location(HubId id, Listing listing, String path) {
        return uri("/" + id.repo() + "/resolve/" + listing.address() + "/" + RepoPaths.encoded(path));
    }

    private URI uri(String path) {
        return URI.create(http.options().endpoint() + path);
    }

    /** Reads a document. */
    private interface Reading {
        JsonNode read();
    }

    private static JsonNode json(HubId id, Reading reading) {
        try {
            return reading.read();
        } catch (ModelFormatException e) {
            throw new HubException(e.getMessage() + "; is the endpoint a hub?", e);
        }
    }
}
