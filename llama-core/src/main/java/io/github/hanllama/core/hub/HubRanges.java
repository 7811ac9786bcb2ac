package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.hub.HubHttp.Follow;
import io.github.hanllama.core.hub.HubHttp.Request;
import io.github.hanllama.core.hub.HubHttp.Response;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.source.Delivery;
import io.github.hanllama.core.source.FileRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/** Reads stretches of files where the hub keeps them. Nobody can say whether a stretch is right before all is here. */
record HubRanges(HubConnection connection, HubId id, RepoCache cache, Listing listing, SortedSet<String> names)
        implements FileRanges {
    private static final int PARTIAL_CONTENT = 206;

    HubRanges {
        names = Collections.unmodifiableSortedSet(names);
    }

    @Override
    public String origin() {
        return id.toString();
    }

    @Override
    public long size(String name) {
        return file(name).size();
    }

    @Override
    public Optional<String> hash(String name) {
        return Optional.of(file(name).etag().hex());
    }

    @Override
    public Optional<Delivery> delivery() {
        List<Delivery.Item> items = names.stream()
                .map(this::file)
                .map(file -> new Delivery.Item(
                        file.path(),
                        file.size(),
                        cache.file(listing.commit(), file).isPresent()))
                .toList();
        return Optional.of(new Delivery(connection.http().options().cache(), true, items));
    }

    private RepoFile file(String name) {
        RepoFile file = names.contains(name) ? listing.files().get(name) : null;
        if (file == null) {
            throw new ModelNotFoundException(origin() + ": " + name + ": no such file in the repository");
        }
        return file;
    }

    @Override
    public byte[] read(String name, long offset, int length) {
        RepoFile file = file(name);
        if (offset < 0 || length < 0 || offset > file.size() - length) {
            throw new ModelFormatException(origin() + ": " + name + ": expected " + length + " bytes at " + offset
                    + ", found " + file.size() + " in all");
        }
        if (length == 0) {
            return new byte[0];
        }
        Request request = new Request(
                        "GET",
                        connection.protocol().location(id, listing, name),
                        Map.of(),
                        Follow.ANYWHERE,
                        id.repo() + "/" + name)
                .header("Range", "bytes=" + offset + "-" + (offset + length - 1));
        try {
            return new Retry(connection.http().options().transfer(), new Cancellation())
                    .run(() -> read(request, file, offset, length));
        } catch (IOException e) {
            throw new HubException(e.getMessage() + "; check the network", e);
        }
    }

    private byte[] read(Request request, RepoFile file, long offset, int length) throws IOException {
        try (Response response = connection.http().send(request, new Cancellation())) {
            requireRange(request, response, file, offset);
            long skip = response.status() == PARTIAL_CONTENT ? 0 : offset;
            ByteBuffer bytes = ByteBuffer.allocate(length);
            while (bytes.hasRemaining()) {
                ByteBuffer piece = next(response).orElseThrow(() -> new IOException(request.what() + ": ended early"));
                int skipped = (int) Math.min(skip, piece.remaining());
                skip -= skipped;
                piece.position(piece.position() + skipped);
                bytes.put(piece.slice().limit(Math.min(piece.remaining(), bytes.remaining())));
            }
            return bytes.array();
        }
    }

    private void requireRange(Request request, Response response, RepoFile file, long offset) {
        String range = response.headers().value("Content-Range").orElse("");
        boolean right = response.status() == PARTIAL_CONTENT
                ? range.startsWith("bytes " + offset + "-")
                : response.status() == 200
                        && response.headers().number("Content-Length").orElse(file.size()) == file.size();
        if (!right
                || response.headers().encoding().isPresent()
                || response.headers().isWebPage()) {
            throw new HubException(
                    request.what() + ": expected bytes from " + offset + " of " + file.size() + " on, found "
                            + (response.headers().isWebPage()
                                    ? WebPage.DESCRIPTION
                                    : "HTTP " + response.status() + " " + Headers.printable(range))
                            + response.headers().requestId());
        }
    }

    private Optional<ByteBuffer> next(Response response) throws IOException {
        return response.body().next(connection.http().options().transfer().stallTimeout(), new Cancellation());
    }
}
