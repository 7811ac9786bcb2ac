package io.github.hanllama.cli;

import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubOptions;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.progress.Cancellation;
import java.nio.file.Path;
import java.util.Map;

/** The hubs as the environment of the process describes them. */
record Hubs(Map<String, String> variables, Path home, Terminal terminal) {
    static Hubs ofProcess(Terminal terminal) {
        return new Hubs(System.getenv(), Path.of(System.getProperty("user.home")), terminal);
    }

    HubOptions options(HubKind hub) {
        return HubOptions.fromEnvironment(hub, variables, home);
    }

    HubSource source(HubId id) {
        return HubSource.of(id, options(id.hub()));
    }

    /** Fetches it; an interrupt keeps what has arrived for the next time. */
    HubSnapshot pull(HubSource source) {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            return source.resolve(progress, cancellation);
        }
    }
}
