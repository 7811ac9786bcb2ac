package io.github.hanllama.testdata;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hub on the loopback address with one repository, and a second server to which it sends for large files, as Hugging Face
 * does; it also speaks ModelScope's protocol. Both can be told to misbehave.
 */
public final class FakeHub implements AutoCloseable {
    /** Of the only repository. */
    public static final String REPO = "han/poet";
    /** What {@code main} stands for. */
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // else each answer waits 40 ms
    }

    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final SortedMap<String, Content> files = new TreeMap<>();
    private final ConcurrentLinkedDeque<Rule> rules = new ConcurrentLinkedDeque<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final AtomicLong sent = new AtomicLong();
    private volatile String commit = COMMIT;

    private FakeHub() {
        try {
            hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            storage = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        hub.setExecutor(threads);
        storage.setExecutor(threads);
        hub.createContext("/", exchange -> serve(exchange, this::hub));
        storage.createContext("/", exchange -> serve(exchange, this::storage));
    }

    public static FakeHub start() {
        FakeHub fake = new FakeHub();
        fake.hub.start();
        fake.storage.start();
        return fake;
    }

    /** A file; a large one has its SHA-256 for a name and lies at the other server. */
    public static final class Content {
        private final byte[] bytes;
        private final boolean large;
        private final String etag;

        private Content(byte[] bytes, boolean large) {
            this.bytes = bytes;
            this.large = large;
            this.etag = large ? hash("SHA-256", bytes) : hash("SHA-1", gitBlob(bytes));
        }

        public byte[] bytes() {
            return bytes;
        }

        public String etag() {
            return etag;
        }

        private static byte[] gitBlob(byte[] bytes) {
            byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
            byte[] blob = new byte[header.length + bytes.length];
            System.arraycopy(header, 0, blob, 0, header.length);
            System.arraycopy(bytes, 0, blob, header.length, bytes.length);
            return blob;
        }

        private static String hash(String algorithm, byte[] bytes) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A request that came. */
    public record Seen(String server, String method, String path, Map<String, List<String>> headers) {
        public boolean has(String header) {
            return headers.keySet().stream().anyMatch(header::equalsIgnoreCase);
        }

        public String header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> entry.getValue().getFirst())
                    .findFirst()
                    .orElse("");
        }
    }

    /** Answers a request in place of the server, or says that it does not want to. */
    @FunctionalInterface
    public interface Fault {
        boolean answer(HubCall call) throws IOException;
    }

    private record Rule(String server, String method, String part, AtomicLong left, Fault fault) {
        boolean matches(String at, HubCall call) {
            return at.equals(server)
                    && call.method().equals(method)
                    && call.uri().toString().contains(part)
                    && left.getAndDecrement() > 0;
        }
    }

    public FakeHub file(String path, byte[] bytes) {
        files.put(path, new Content(bytes, false));
        return this;
    }

    public FakeHub largeFile(String path, byte[] bytes) {
        files.put(path, new Content(bytes, true));
        return this;
    }

    public void commit(String value) {
        commit = value;
    }

    public Content content(String path) {
        return files.get(path);
    }

    /** So many requests to the hub whose address contains the part are answered by the fault. */
    public FakeHub hubFault(String method, String part, int times, Fault fault) {
        rules.add(new Rule("hub", method, part, new AtomicLong(times), fault));
        return this;
    }

    /** So many requests for the content of large files are answered by the fault. */
    public FakeHub storageFault(int times, Fault fault) {
        rules.add(new Rule("storage", "GET", "", new AtomicLong(times), fault));
        return this;
    }

    public URI endpoint() {
        return uri(hub, "127.0.0.1");
    }

    /** The other server: another port is another origin. */
    public URI storageEndpoint() {
        return uri(storage, "127.0.0.1");
    }

    private static URI uri(HttpServer server, String host) {
        return URI.create("http://" + host + ":" + server.getAddress().getPort());
    }

    public List<Seen> seen() {
        return List.copyOf(seen);
    }

    /** Requests for the content of large files. */
    public List<Seen> downloads() {
        return seen.stream()
                .filter(request ->
                        request.server().equals("storage") && request.method().equals("GET"))
                .toList();
    }

    /** From now on it behaves. */
    public void forgetFaults() {
        rules.clear();
    }

    public void forget() {
        seen.clear();
        sent.set(0);
    }

    /** Bytes of large files that were sent. */
    public long sent() {
        return sent.get();
    }

    private void serve(HttpExchange exchange, Fault server) throws IOException {
        String at = isAt(hub, exchange) ? "hub" : "storage";
        seen.add(new Seen(
                at,
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                Map.copyOf(exchange.getRequestHeaders())));
        HubCall call = new HubCall(exchange);
        try (exchange) {
            for (Rule rule : rules) {
                if (rule.matches(at, call) && rule.fault.answer(call)) {
                    return;
                }
            }
            server.answer(call);
        }
    }

    private static boolean isAt(HttpServer server, HttpExchange exchange) {
        return exchange.getLocalAddress().getPort() == server.getAddress().getPort();
    }

    private boolean hub(HubCall call) throws IOException {
        String path = call.uri().getPath();
        String resolve = "/" + REPO + "/resolve/" + commit + "/";
        if (path.startsWith("/api/models/" + REPO + "/revision/")) {
            return json(call, "{\"sha\":\"" + commit + "\",\"id\":\"" + REPO + "\"}");
        }
        if (path.equals("/api/models/" + REPO + "/tree/" + commit)) {
            return json(call, tree());
        }
        if (path.equals("/api/v1/models/" + REPO + "/repo/files")) {
            return json(call, modelScopeFiles());
        }
        if (path.equals("/api/v1/models/" + REPO + "/repo")) {
            return resolve(call, query(call, "FilePath"), false);
        }
        if (path.startsWith(resolve)) {
            return resolve(call, path.substring(resolve.length()), true);
        }
        return error(call, 404, "RepoNotFound", "Repository not found");
    }

    private boolean resolve(HubCall call, String path, boolean huggingFace) throws IOException {
        Content content = files.get(path);
        if (content == null) {
            return error(call, 404, "EntryNotFound", "Entry not found");
        }
        if (huggingFace) {
            call.header("X-Repo-Commit", commit);
        }
        if (!content.large) {
            call.header("ETag", "\"" + content.etag() + "\"");
            return send(call, content.bytes());
        }
        call.header("X-Linked-Etag", "\"" + content.etag() + "\"");
        call.header("X-Linked-Size", Integer.toString(content.bytes().length));
        return redirect(call, storageEndpoint() + "/" + content.etag());
    }

    private boolean storage(HubCall call) throws IOException {
        String name = call.uri().getPath().substring(1);
        for (Content content : files.values()) {
            if (content.etag().equals(name)) {
                call.header("ETag", "\"at-" + name + "\"");
                return send(call, content.bytes());
            }
        }
        return error(call, 404, "", "no such content");
    }

    /** All of it, or the range that was asked for if it is still of the same content. */
    public boolean send(HubCall call, byte[] bytes) throws IOException {
        String range = call.asked("Range");
        String condition = call.asked("If-Range");
        boolean same = condition.isEmpty() || condition.equals(call.answered("ETag"));
        if (range.isEmpty() || !same) {
            return send(call, 200, bytes, 0, bytes.length);
        }
        String[] bounds = range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(bounds[0]);
        int to = bounds.length == 1 ? bytes.length : Math.min(bytes.length, Integer.parseInt(bounds[1]) + 1);
        if (from >= bytes.length) {
            call.header("Content-Range", "bytes */" + bytes.length);
            return send(call, 416, bytes, 0, 0);
        }
        call.header("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
        return send(call, 206, bytes, from, to);
    }

    private boolean send(HubCall call, int status, byte[] bytes, int from, int to) throws IOException {
        if (call.method().equals("HEAD")) {
            call.header("Content-Length", Integer.toString(to - from));
            call.begin(status, -1);
            return true;
        }
        call.begin(status, to == from ? -1 : to - from);
        for (int at = from; at < to; at += 1 << 16) {
            int length = Math.min(1 << 16, to - at);
            call.write(bytes, at, length);
            sent.addAndGet(
                    call.answered("ETag") != null && call.answered("ETag").startsWith("\"at-") ? length : 0);
        }
        return true;
    }

    /** The right headers, and then only so many of the bytes that were asked for. */
    public Fault cut(String path, int after) {
        return call -> {
            byte[] bytes = content(path).bytes();
            call.header("ETag", "\"at-" + content(path).etag() + "\"");
            int from = call.from();
            if (from > 0) {
                call.header("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
            }
            call.begin(from > 0 ? 206 : 200, bytes.length - from);
            call.write(bytes, from, Math.min(after, bytes.length - from));
            call.flush();
            sent.addAndGet(after);
            letItArrive();
            return true; // the connection is closed with the exchange
        };
    }

    /** A client may drop what it has not looked at when the connection breaks. */
    private static void letItArrive() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server is closed
        }
    }

    public static Fault status(int status, String... headers) {
        return call -> {
            for (int i = 0; i < headers.length; i += 2) {
                call.header(headers[i], headers[i + 1]);
            }
            call.begin(status, -1);
            return true;
        };
    }

    public static Fault body(int status, String type, byte[] bytes) {
        return call -> {
            call.header("Content-Type", type);
            call.begin(status, bytes.length);
            call.write(bytes);
            return true;
        };
    }

    public static boolean redirect(HubCall call, String location) throws IOException {
        return status(302, "Location", location).answer(call);
    }

    public static boolean json(HubCall call, String text) throws IOException {
        return body(200, "application/json", text.getBytes(StandardCharsets.UTF_8))
                .answer(call);
    }

    public static boolean error(HubCall call, int status, String code, String message) throws IOException {
        if (!code.isEmpty()) {
            call.header("X-Error-Code", code);
        }
        call.header("X-Error-Message", message);
        call.header("X-Request-Id", "Root=1-fake");
        call.begin(status, -1);
        return true;
    }

    /** The list of files as Hugging Face writes it. */
    public String tree() {
        List<String> entries = new ArrayList<>();
        files.forEach(
                (path, content) -> entries.add(entry(path, content.etag(), content.bytes().length, content.large)));
        return "[" + String.join(",", entries) + "]";
    }

    /** One file of such a list. */
    public static String entry(String path, String etag, long size, boolean large) {
        String oid = large ? "1".repeat(40) : etag;
        String lfs = large ? ",\"lfs\":{\"oid\":\"" + etag + "\",\"size\":" + size + ",\"pointerSize\":134}" : "";
        return "{\"type\":\"file\",\"path\":\"" + path + "\",\"size\":" + size + ",\"oid\":\"" + oid + "\"" + lfs + "}";
    }

    private String modelScopeFiles() {
        List<String> entries = new ArrayList<>();
        files.forEach((path, content) -> entries.add("{\"Path\":\"" + path + "\",\"Type\":\"blob\",\"Size\":"
                + content.bytes().length + ",\"Sha256\":\"" + Content.hash("SHA-256", content.bytes()) + "\"}"));
        return "{\"Code\":200,\"Data\":{\"Files\":[" + String.join(",", entries) + "]}}";
    }

    private static String query(HubCall call, String name) {
        for (String pair : call.uri().getRawQuery().split("&")) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
