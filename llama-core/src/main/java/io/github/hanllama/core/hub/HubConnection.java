package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A hub that can be asked. */
record HubConnection(HubHttp http) implements AutoCloseable {
    static HubConnection open(HubOptions options) {
        Map<String, String> credentials = options.token()
                .map(token -> switch (options.hub()) {
                    case HUGGING_FACE -> HuggingFaceProtocol.credentials(token);
                    case MODEL_SCOPE -> ModelScopeProtocol.credentials(token);
                })
                .orElse(Map.of());
        return new HubConnection(HubHttp.open(options, credentials));
    }

    HubProtocol protocol() {
        return protocol(http);
    }

    private static HubProtocol protocol(HubHttp http) {
        return switch (http.options().hub()) {
            case HUGGING_FACE -> new HuggingFaceProtocol(http);
            case MODEL_SCOPE -> new ModelScopeProtocol(http);
        };
    }

    /**
     * What a revision holds now; of a commit that is known already, what is known.
     *
     * @param hurried whether there is something to go on with if the hub does not answer at once
     */
    Listing list(HubId id, RepoCache cache, boolean hurried, Cancellation cancellation) throws IOException {
        HubProtocol protocol = protocol(hurried ? http.hurried() : http);
        return protocol.list(id, commit -> known(cache, commit), cancellation);
    }

    private static Optional<Listing> known(RepoCache cache, String commit) {
        return TreeFile.read(cache.tree(commit), commit);
    }

    @Override
    public void close() {
        http.close();
    }
}
