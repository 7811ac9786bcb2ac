package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.hub.HubHttp.Request;
import io.github.hanllama.core.hub.HubHttp.Response;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fetches one stretch of a file, in as many requests as it takes. Of one thread. */
final class RangeFetch {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
    private static final long NOTE_BYTES = 256 << 10;
    private static final long LEAST_PROGRESS = 1024;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int PARTIAL_CONTENT = 206;

    private final HubHttp http;
    private final Request request;
    private final RepoFile content;
    private final Partial partial;
    private final PullProgress progress;
    private final Cancellation cancellation;
    private final long to;
    private long position;
    private long noted;

    RangeFetch(
            HubHttp http,
            Request request,
            RepoFile content,
            Partial partial,
            Intervals.Range range,
            PullProgress progress,
            Cancellation cancellation) {
        this.http = http;
        this.request = request;
        this.content = content;
        this.partial = partial;
        this.position = range.from();
        this.noted = range.from();
        this.to = range.to();
        this.progress = progress;
        this.cancellation = cancellation;
    }

    /** The file has to be fetched again from its start. */
    static final class StartAgain extends Exception {
        private static final long serialVersionUID = 1;

        StartAgain(String reason) {
            super(reason);
        }
    }

    void fetch() throws IOException, StartAgain {
        Retry retry = new Retry(http.options().transfer(), cancellation);
        long best = position;
        while (position < to) {
            try (Response response = http.send(ranged(), cancellation)) {
                accept(response);
                copy(response);
            } catch (IOException e) {
                note();
                if (position >= best + LEAST_PROGRESS) {
                    retry.progressed();
                }
                best = Math.max(best, position);
                retry.failed(e);
            } finally {
                note();
            }
        }
    }

    private boolean isWhole() {
        return position == 0 && to == content.size();
    }

    private Request ranged() {
        if (isWhole()) {
            return request;
        }
        Request ranged = request.header("Range", "bytes=" + position + "-" + (to - 1));
        Optional<String> validator = partial.validator();
        return validator.isPresent() ? ranged.header("If-Range", validator.get()) : ranged;
    }

    /** Whether these are bytes of the file, and which. */
    private void accept(Response response) throws IOException, StartAgain {
        requireFile(response);
        switch (response.status()) {
            case RANGE_NOT_SATISFIABLE -> throw new StartAgain("the server has no such range");
            case PARTIAL_CONTENT -> requireRange(response);
            default -> acceptWhole(response);
        }
        if (!partial.agrees(response.headers().validator())) {
            throw new StartAgain("the server calls the content by another name than before");
        }
    }

    private void requireFile(Response response) {
        response.headers().encoding().ifPresent(encoding -> {
            throw refusal(response, "the file as it is", "one packed by " + Headers.printable(encoding));
        });
        boolean page = content.path().endsWith(".html") || content.path().endsWith(".htm");
        if (response.headers().isWebPage() && !page) {
            throw refusal(response, "the file", WebPage.DESCRIPTION);
        }
    }

    private void requireRange(Response response) {
        String range = response.headers().value("Content-Range").orElse("none");
        Matcher matcher = CONTENT_RANGE.matcher(range);
        if (!matcher.matches()
                || Long.parseLong(matcher.group(1)) != position
                || Long.parseLong(matcher.group(2)) >= to
                || !matcher.group(3).equals("*") && !matcher.group(3).equals(Long.toString(content.size()))) {
            throw refusal(
                    response,
                    "Content-Range: bytes " + position + "-" + (to - 1) + "/" + content.size(),
                    Headers.printable(range));
        }
    }

    /** A server that knows no ranges, or that has other content than before, sends all of it. */
    private void acceptWhole(Response response) throws StartAgain {
        long length = response.headers().number("Content-Length").orElse(content.size());
        if (length != content.size()) {
            throw refusal(response, content.size() + " bytes, as the hub says", Long.toString(length));
        }
        if (!isWhole()) {
            throw new StartAgain("the server sends the whole file when asked for a part");
        }
    }

    private HubException refusal(Response response, String expected, String found) {
        return new HubException(request.what() + ": expected " + expected + " from "
                + response.uri().getHost() + ", found " + found
                + response.headers().requestId());
    }

    private void copy(Response response) throws IOException {
        long start = position;
        for (Optional<ByteBuffer> piece = next(response); piece.isPresent(); piece = next(response)) {
            ByteBuffer bytes = piece.get();
            int length = bytes.remaining();
            if (length > to - position) {
                throw refusal(response, (to - position) + " more bytes", "more than those");
            }
            partial.write(bytes, position);
            position += length;
            progress.received(content.path(), length);
            if (position - noted >= NOTE_BYTES) {
                note();
            }
        }
        if (position < to && (response.status() != PARTIAL_CONTENT || position == start)) {
            throw new IOException(request.what() + ": the server sent " + position + " bytes of " + content.size());
        }
    }

    private Optional<ByteBuffer> next(Response response) throws IOException {
        return response.body().next(http.options().transfer().stallTimeout(), cancellation);
    }

    private void note() {
        partial.note(noted, position, cancellation);
        noted = position;
    }
}
