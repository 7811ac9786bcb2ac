package io.github.hanllama.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A hub with a small model, a cache of its own, and a client that does not wait long. */
@Execution(ExecutionMode.CONCURRENT)
abstract class HubTestCase {
    static final String WEIGHTS = "model.safetensors";
    static final String CONFIG = "config.json";
    static final int SIZE = 300_007;

    @TempDir
    Path folder;

    final FakeHub hub = FakeHub.start();
    final byte[] weights = bytes(SIZE, 1);
    final byte[] config = "{\"model_type\":\"llama\"}".getBytes(StandardCharsets.UTF_8);

    @BeforeEach
    void fillHub() {
        hub.file(CONFIG, config).largeFile(WEIGHTS, weights).file("README.md", new byte[] {'#'});
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    Path cache() {
        return folder.resolve("hub");
    }

    HubOptions options() {
        return HubOptions.fromEnvironment(HubKind.HUGGING_FACE, Map.of(), folder)
                .endpoint(hub.endpoint())
                .cache(cache())
                .transfer(TransferOptions.DEFAULT
                        .backoff(Duration.ofMillis(2))
                        .retries(3)
                        .stallTimeout(Duration.ofSeconds(5)));
    }

    HubSource source() {
        return source(options());
    }

    static HubSource source(HubOptions options) {
        return HubSource.of(HubId.parse(FakeHub.REPO), options);
    }

    HubSnapshot pull() {
        return pull(source());
    }

    static HubSnapshot pull(HubSource source) {
        return source.resolve(ProgressListener.NONE, new Cancellation());
    }

    void assertPullEndsRight() {
        assertThat(read(pull().path(WEIGHTS))).isEqualTo(weights);
        assertThat(cached()).noneMatch(name -> name.contains(".hanllama"));
    }

    void assertRefused(String message) {
        assertRefused(this::pull, message);
    }

    void assertRefused(ThrowingCallable pull, String message) {
        assertThatThrownBy(pull).isInstanceOf(LlamaException.class).hasMessageContaining(message);
        assertThat(blob(WEIGHTS)).doesNotExist();
        assertThat(pointer(WEIGHTS)).doesNotExist();
    }

    byte[] flipped() {
        byte[] bytes = weights.clone();
        bytes[SIZE / 2] ^= 1;
        return bytes;
    }

    Path blob(String path) {
        return repo().resolve("blobs").resolve(hub.content(path).etag());
    }

    Path repo() {
        return cache().resolve("models--han--poet");
    }

    Path pointer(String path) {
        return repo().resolve("snapshots").resolve(FakeHub.COMMIT).resolve(path);
    }

    /** Every file and link below the cache but locks, with what it leads to. */
    List<String> cached() {
        return tree(cache()).filter(name -> !name.startsWith(".locks")).toList();
    }

    static Stream<String> tree(Path root) {
        if (!Files.exists(root)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files
                    .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> root.relativize(file) + (Files.isSymbolicLink(file) ? " -> " + target(file) : ""))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
