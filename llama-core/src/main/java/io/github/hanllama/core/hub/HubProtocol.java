package io.github.hanllama.core.hub;

import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Function;

/** How a kind of hub is asked. */
interface HubProtocol {
    /**
     * What a revision holds now.
     *
     * @param known the files of a commit, if they are known from before
     * @throws IOException when the hub cannot be reached
     */
    Listing list(HubId id, Function<String, Optional<Listing>> known, Cancellation cancellation) throws IOException;

    /**
     * The file as the hub describes it right before it is fetched.
     *
     * @throws io.github.hanllama.core.error.HubException when that is not what was listed
     */
    RepoFile confirm(HubId id, Listing listing, RepoFile file, Cancellation cancellation) throws IOException;

    /** Where to fetch it. */
    URI location(HubId id, Listing listing, String path);
}
