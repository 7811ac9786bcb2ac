package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Requests to a hub and to the servers it sends us to. Redirects are followed here and not by the JDK, so that the token
 * stays with its host. Thread-safe.
 */
final class HubHttp implements AutoCloseable {
    private static final String USER_AGENT =
            "hanllama; java/" + Runtime.version().feature();
    private static final int MAX_REDIRECTS = 20;
    private static final int MAX_ERROR_BYTES = 64 << 10;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final long SLICE_MILLIS = 50;

    private final HubOptions options;
    private final Hosts hosts;
    private final Map<String, String> credentials;
    private final HttpClient client;

    private HubHttp(HubOptions options, Map<String, String> credentials, HttpClient client) {
        this.options = options;
        this.credentials = Map.copyOf(credentials);
        this.hosts = new Hosts(options);
        this.client = client;
    }

    /** @param credentials headers for those who may know them */
    static HubHttp open(HubOptions options, Map<String, String> credentials) {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // with 2 all parts of a file would share one connection
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(options.transfer().headerTimeout())
                .proxy(options.proxies())
                .build();
        return new HubHttp(options, credentials, client);
    }

    /** The same connections, for who has something else if the hub does not answer at once. */
    HubHttp hurried() {
        return new HubHttp(options.transfer(options.transfer().retries(0)), credentials, client);
    }

    /** Which redirects are followed. */
    enum Follow {
        /** Those inside the hub; one that leads elsewhere is the answer. */
        HUB,
        /** Wherever a hub may keep its files. */
        ANYWHERE
    }

    /**
     * What to ask for.
     *
     * @param what for messages
     */
    record Request(String method, URI uri, Map<String, String> headers, Follow follow, String what) {
        static Request get(URI uri, String what) {
            return new Request("GET", uri, Map.of(), Follow.HUB, what);
        }

        Request header(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Request(method, uri, more, follow, what);
        }
    }

    /** An answer that is no refusal; to be closed. */
    record Response(int status, URI uri, Headers headers, BodyReader body) implements AutoCloseable {
        @Override
        public void close() {
            body.close();
        }
    }

    HubOptions options() {
        return options;
    }

    Hosts hosts() {
        return hosts;
    }

    /**
     * Answers of class 200, a redirect that is not followed, or 416.
     *
     * @throws IOException when it may go better next time
     * @throws io.github.hanllama.core.error.LlamaException when it will not
     */
    Response send(Request request, Cancellation cancellation) throws IOException {
        URI uri = request.uri();
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            Response response = exchange(request, uri, cancellation);
            if (!REDIRECTS.contains(response.status)) {
                return requireSuccess(request, response, cancellation);
            }
            URI next = target(request, response);
            hosts.requireAllowed(uri, next);
            if (request.follow == Follow.HUB && !hosts.isHub(next)) {
                return response;
            }
            drain(response, cancellation);
            uri = next;
        }
        throw new HubException(request.what + ": more than " + MAX_REDIRECTS + " redirects, the last to "
                + uri.getHost() + "; is the endpoint right?");
    }

    private Response exchange(Request request, URI uri, Cancellation cancellation) throws IOException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri);
        (request.method.equals("HEAD") ? builder.HEAD() : builder.GET())
                .header("User-Agent", USER_AGENT)
                .header("Accept-Encoding", "identity");
        request.headers.forEach(builder::header);
        if (hosts.mayKnowToken(uri)) {
            credentials.forEach(builder::header);
        }
        try {
            HttpResponse<BodyReader> response =
                    await(client.sendAsync(builder.build(), info -> new BodyReader()), cancellation);
            return new Response(response.statusCode(), uri, new Headers(response.headers()), response.body());
        } catch (IOException e) {
            throw new TransientFailure(
                    request.what + ": " + uri.getHost() + " cannot be reached: " + e, Optional.empty());
        }
    }

    private <T> T await(CompletableFuture<T> answer, Cancellation cancellation) throws IOException {
        Duration timeout = options.transfer().headerTimeout();
        long end = System.nanoTime() + timeout.toNanos();
        boolean answered = false;
        try {
            while (System.nanoTime() < end) {
                cancellation.throwIfCancelled();
                try {
                    T result = answer.get(SLICE_MILLIS, TimeUnit.MILLISECONDS);
                    answered = true;
                    return result;
                } catch (TimeoutException e) {
                    continue; // to look whether anybody still wants it
                }
            }
            throw new IOException("no answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } finally {
            if (!answered) {
                answer.cancel(true);
            }
        }
    }

    private static URI target(Request request, Response response) {
        String location = response.headers.value("Location").orElse("");
        try {
            if (!location.isEmpty()) {
                return response.uri.resolve(location);
            }
        } catch (IllegalArgumentException e) {
            // as wrong as none
        }
        response.close();
        throw new HubException(
                request.what + ": a redirect without a usable Location header" + response.headers.requestId());
    }

    private Response requireSuccess(Request request, Response response, Cancellation cancellation) throws IOException {
        if (response.status >= 200 && response.status < 300 || response.status == 416) {
            return response;
        }
        byte[] body = drain(response, cancellation);
        throw HubErrors.of(request.what, response.status, response.headers, body);
    }

    /** What little is in the body, so that the connection can be used again. */
    private byte[] drain(Response response, Cancellation cancellation) {
        try (response) {
            return response.body.readAll(MAX_ERROR_BYTES, options.transfer().stallTimeout(), cancellation);
        } catch (IOException e) {
            return new byte[0]; // then not
        }
    }

    /** A small document and what came with it. */
    static final class Document {
        private final byte[] bytes;
        private final Headers headers;

        private Document(byte[] bytes, Headers headers) {
            this.bytes = bytes;
            this.headers = headers;
        }

        byte[] bytes() {
            return bytes;
        }

        Headers headers() {
            return headers;
        }
    }

    /** A document of the hub's interface. */
    Document read(Request request, int limit, Cancellation cancellation) throws IOException {
        return new Retry(options.transfer(), cancellation).run(() -> {
            try (Response response = send(request, cancellation)) {
                requirePlain(request, response);
                byte[] bytes = response.body.readAll(limit, options.transfer().stallTimeout(), cancellation);
                return new Document(bytes, response.headers);
            } catch (BodyReader.TooLongException e) {
                throw new HubException(request.what + ": expected a document, found " + e.getMessage(), e);
            }
        });
    }

    private static void requirePlain(Request request, Response response) {
        if (REDIRECTS.contains(response.status)) {
            throw new HubException(request.what
                    + ": expected an answer, found a redirect to another host; is the endpoint" + " a hub?");
        }
        response.headers.encoding().ifPresent(encoding -> {
            throw new HubException(request.what + ": expected a plain answer, found one in "
                    + Headers.printable(encoding) + response.headers.requestId());
        });
        if (response.headers.isWebPage()) {
            throw new HubException(
                    request.what + ": expected JSON, found a web page; is the endpoint a hub, or does the"
                            + " network want a login?");
        }
    }

    /** Ends what is still under way. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
