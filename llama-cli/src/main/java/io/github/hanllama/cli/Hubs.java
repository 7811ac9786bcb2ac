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
import io.github.hanllama.core.source.ModelLock;
import io.github.hanllama.core.source.ModelSource;
import io.github.hanllama.lora.ChineseLlama;
import java.nio.file.Path;
import java.util.List;
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

    /**
     * What an id stands for. A model of the catalogue comes with everything below it, and has the hashes that its authors
     * published.
     */
    List<HubSource> sources(String id) {
        return ChineseLlama.find(id)
                .map(known -> known.chain().stream()
                        .map(model -> source(model.id(HubKind.HUGGING_FACE)).expecting(model.sha256()))
                        .toList())
                .orElseGet(() -> List.of(source(HubId.parse(id))));
    }

    /** The same, but nothing is asked for that is not in the cache. */
    HubSource offline(HubSource source) {
        return HubSource.of(source.id(), options(source.id().hub()).offline(true));
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
            public ModelSource pinned(ModelLock lock) {
                return watched(source.pinned(lock));
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
