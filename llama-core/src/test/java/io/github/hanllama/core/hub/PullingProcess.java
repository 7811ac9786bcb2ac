package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.FakeHub;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Pulls the model of a {@link FakeHub} in a process of its own. */
final class PullingProcess {
    private PullingProcess() {}

    static Process start(URI endpoint, Path cache, Path log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath(),
                        PullingProcess.class.getName(),
                        endpoint.toString(),
                        cache.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static String classPath() {
        List<String> classes = List.of(
                System.getProperty("java.class.path"),
                System.getProperty("jdk.module.path", ""),
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                Path.of("target", "classes").toAbsolutePath().toString());
        return String.join(File.pathSeparator, classes);
    }

    static HubOptions options(URI endpoint, Path cache) {
        return HubOptions.fromEnvironment(HubKind.HUGGING_FACE, Map.of(), cache)
                .endpoint(endpoint)
                .cache(cache)
                .transfer(TransferOptions.DEFAULT
                        .backoff(Duration.ofMillis(20))
                        .connections(2)
                        .partBytes(1 << 20));
    }

    public static void main(String[] args) {
        HubSource.of(HubId.parse(FakeHub.REPO), options(URI.create(args[0]), Path.of(args[1])))
                .resolve(ProgressListener.NONE, new Cancellation());
    }
}
