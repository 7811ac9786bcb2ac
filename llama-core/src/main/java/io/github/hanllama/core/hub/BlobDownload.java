package io.github.hanllama.core.hub;

import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.HubException;
import io.github.hanllama.core.files.WorkLock;
import io.github.hanllama.core.hub.HubHttp.Follow;
import io.github.hanllama.core.hub.HubHttp.Request;
import io.github.hanllama.core.hub.RangeFetch.StartAgain;
import io.github.hanllama.core.progress.Cancellation;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Brings one file into the cache: whatever arrives, only the content that the hub named takes its place. */
final class BlobDownload {
    private static final System.Logger LOG = System.getLogger(BlobDownload.class.getPackageName());

    private final HubHttp http;
    private final RepoCache cache;
    private final String commit;
    private final RepoFile file;
    private final Request request;
    private final PullProgress progress;
    private final Cancellation cancellation;

    BlobDownload(
            HubHttp http,
            RepoCache cache,
            String origin,
            String commit,
            RepoFile file,
            URI location,
            PullProgress progress,
            Cancellation cancellation) {
        this.http = http;
        this.cache = cache;
        this.commit = commit;
        this.file = file;
        this.request = new Request("GET", location, Map.of(), Follow.ANYWHERE, origin + "/" + file.path());
        this.progress = progress;
        this.cancellation = cancellation;
    }

    void run() throws IOException {
        try (WorkLock lock = WorkLock.acquire(cache.lock(file.etag()), cancellation)) {
            if (cache.file(commit, file).isPresent()) {
                progress.here(file.path(), file.size());
            } else if (cache.linksAreKnown() && cache.hasBlob(file)) {
                cache.link(commit, file); // another commit has the same file, or somebody else has fetched it
                progress.here(file.path(), file.size());
            } else {
                String name = file.etag().hex() + (lock.isHeld() ? "" : "." + UUID.randomUUID());
                download(name);
            }
        }
    }

    private void download(String name) throws IOException {
        Files.createDirectories(cache.folder());
        try (Partial partial = Partial.open(cache.partials(), name, file)) {
            progress.here(file.path(), partial.done());
            DiskSpace.require(cache.partials(), file.size() - partial.done(), request.what());
            fetch(partial);
            cache.publish(partial.complete(), commit, file);
            partial.delete();
        }
    }

    private void fetch(Partial partial) throws IOException {
        fetchAll(partial);
        String found = partial.hash();
        if (!found.equals(file.etag().hex())) {
            LOG.log(
                    Level.WARNING,
                    "{0}: expected {1} {2}, found {3}: fetched again",
                    request.what(),
                    file.etag().algorithm(),
                    file.etag().hex(),
                    found);
            startAgain(partial);
            fetchAll(partial);
            requireHash(partial);
        }
    }

    private void requireHash(Partial partial) throws IOException {
        String found = partial.hash();
        if (!found.equals(file.etag().hex())) {
            boolean page = WebPage.isOne(partial.head());
            partial.delete();
            throw new HubException(request.what() + ": expected " + file.etag().algorithm() + " "
                    + file.etag().hex() + ", found " + found + " twice; "
                    + (page ? "it is " + WebPage.DESCRIPTION : "do not trust this mirror or network"));
        }
    }

    private void startAgain(Partial partial) throws IOException {
        progress.here(file.path(), -partial.done());
        partial.reset();
    }

    /** Until nothing is missing; in parts at first, and as a whole from a server that does not serve parts. */
    private void fetchAll(Partial partial) throws IOException {
        boolean inParts = true;
        for (int restarts = 0; !partial.missing().isEmpty(); restarts++) {
            try {
                fetchMissing(partial, inParts);
            } catch (StartAgain e) {
                if (restarts >= http.options().transfer().retries()) {
                    throw new HubException(
                            request.what() + ": given up after " + restarts + " new starts: " + e.getMessage(), e);
                }
                startAgain(partial);
                inParts = false;
            }
        }
    }

    private void fetchMissing(Partial partial, boolean inParts) throws IOException, StartAgain {
        List<Intervals.Range> parts = inParts ? parts(partial) : partial.missing();
        if (parts.size() == 1) {
            fetch(partial, parts.getFirst(), cancellation);
            return;
        }
        Workers workers = new Workers("hub-part", http.options().transfer().connections(), cancellation);
        try {
            workers.run(parts.stream()
                    .<Workers.Task>map(part -> stop -> fetch(partial, part, stop))
                    .toList());
        } catch (Workers.Failed e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(Workers.Failed failure) throws IOException, StartAgain {
        switch (failure.reason()) {
            case StartAgain again -> throw again;
            case IOException io -> throw io;
            case RuntimeException other -> throw other;
            default -> throw new BackendException("a download ended: " + failure.reason(), failure);
        }
    }

    private void fetch(Partial partial, Intervals.Range part, Cancellation stop) throws IOException, StartAgain {
        new RangeFetch(http, request, file, partial, part, progress, stop).fetch();
    }

    private List<Intervals.Range> parts(Partial partial) {
        long length = http.options().transfer().partBytes();
        List<Intervals.Range> parts = new ArrayList<>();
        for (Intervals.Range gap : partial.missing()) {
            for (long from = gap.from(); from < gap.to(); from += length) {
                parts.add(new Intervals.Range(from, Math.min(gap.to(), from + length)));
            }
        }
        return parts;
    }
}
