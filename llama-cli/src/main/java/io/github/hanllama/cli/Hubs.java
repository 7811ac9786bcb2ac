package io.github.hanllama.cli;

import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.hub.HubOptions;
import io.github.hanllama.core.hub.HubSnapshot;
import io.github.hanllama.core.hub.HubSource;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiFunction;

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

    /** A source that shows how far it is: nobody should wait for a download without seeing it. */
    ModelSource watched(ModelSource source) {
        return new ModelSource() {
            @Override
            public String describe() {
                return source.describe();
            }

            @Override
            public FileRanges headers() {
                return source.headers();
            }

            @Override
            public ModelFiles resolve(ProgressListener listener, Cancellation cancellation) {
                return Hubs.this.resolve(source::resolve);
            }
        };
    }

    /** Fetches it; an interrupt keeps what has arrived for the next time. */
    HubSnapshot pull(HubSource source) {
        return resolve(source::resolve);
    }

    private <T> T resolve(BiFunction<ProgressListener, Cancellation, T> source) {
        Cancellation cancellation = new Cancellation();
        try (ProgressLine progress = ProgressLine.on(terminal);
                Interruption _ = Interruption.cancels(cancellation::cancel)) {
            return source.apply(progress, cancellation);
        }
    }
}
