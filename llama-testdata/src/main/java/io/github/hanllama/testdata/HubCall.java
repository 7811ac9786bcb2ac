package io.github.hanllama.testdata;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;

/** A request to a {@link FakeHub} and its answer; in the way of tests inside modules that cannot see the JDK's server. */
public final class HubCall {
    private final HttpExchange exchange;

    HubCall(HttpExchange exchange) {
        this.exchange = exchange;
    }

    public String method() {
        return exchange.getRequestMethod();
    }

    public URI uri() {
        return exchange.getRequestURI();
    }

    /** Empty when the request has none. */
    public String asked(String header) {
        String value = exchange.getRequestHeaders().getFirst(header);
        return value == null ? "" : value;
    }

    /** As if the client had not sent it. */
    public void forget(String header) {
        exchange.getRequestHeaders().remove(header);
    }

    /** Where the range that was asked for begins. */
    public int from() {
        String range = asked("Range");
        return range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
    }

    public void header(String name, String value) {
        exchange.getResponseHeaders().set(name, value);
    }

    public void remove(String header) {
        exchange.getResponseHeaders().remove(header);
    }

    String answered(String header) {
        return exchange.getResponseHeaders().getFirst(header);
    }

    /** @param length of the body; -1 for none, 0 for one that does not say */
    public void begin(int status, long length) throws IOException {
        exchange.sendResponseHeaders(status, length);
    }

    public void write(byte[] bytes, int from, int length) throws IOException {
        exchange.getResponseBody().write(bytes, from, length);
    }

    public void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    public void flush() throws IOException {
        exchange.getResponseBody().flush();
    }
}
