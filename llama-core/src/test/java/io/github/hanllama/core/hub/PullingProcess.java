package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.ChildJvm;
import io.github.hanllama.testdata.FakeHub;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Pulls the model of a {@link FakeHub} in a process of its own. */
final class PullingProcess {
    private PullingProcess() {}

    static Process start(URI endpoint, Path cache, Path log) throws IOException {
        return ChildJvm.of(PullingProcess.class, endpoint.toString(), cache.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
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
