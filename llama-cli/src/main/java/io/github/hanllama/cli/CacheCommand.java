package io.github.hanllama.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.hanllama.core.hub.CachedRepo;
import io.github.hanllama.core.hub.HubCache;
import io.github.hanllama.core.hub.HubId;
import io.github.hanllama.core.hub.HubKind;
import io.github.hanllama.core.plan.ByteCount;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What has been fetched from hubs. */
@Command(
        name = "cache",
        description =
                "Lists what has been fetched from hubs, by this program or Python's, or merged models, and removes what is"
                        + " not needed.")
final class CacheCommand implements Runnable {
    private static final int NEVER_DAYS = 36500;

    private final Terminal terminal;
    private final Hubs hubs;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    CacheCommand(Terminal terminal, Hubs hubs) {
        this.terminal = terminal;
        this.hubs = hubs;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: list, rm or prune");
    }

    private HubCache cache(HubKind hub) {
        return HubCache.of(hubs.options(hub));
    }

    private static String name(HubKind hub, String repo) {
        return hub == HubKind.HUGGING_FACE ? repo : hub.scheme() + "://" + repo;
    }

    @Command(name = "list", description = "Lists repositories, the commits that are here of each, and what they take.")
    int list(@Mixin MergeCacheOption merges, @Mixin JsonOption jsonOption) {
        if (merges.cache().isPresent()) {
            MergeCacheOption.print(merges.cache().get().list(), terminal, jsonOption);
            terminal.flush();
            return 0;
        }
        for (HubKind hub : HubKind.values()) {
            for (CachedRepo repo : cache(hub).list()) {
                if (jsonOption.wanted()) {
                    new JsonLines(terminal).answer(json -> write(json, name(hub, repo.repo()), repo));
                } else {
                    print(name(hub, repo.repo()), repo);
                }
            }
        }
        terminal.flush();
        return 0;
    }

    private void print(String name, CachedRepo repo) {
        String unfinished =
                repo.unfinishedBytes() > 0 ? ", unfinished " + ByteCount.describe(repo.unfinishedBytes()) : "";
        terminal.println("%10s  %s%s".formatted(ByteCount.describe(repo.bytes()), name, unfinished));
        for (CachedRepo.Revision revision : repo.revisions()) {
            String refs = revision.refs().isEmpty() ? "" : " " + String.join(", ", revision.refs());
            terminal.println("%10s    %s%s, %d files"
                    .formatted(ByteCount.describe(revision.bytes()), revision.commit(), refs, revision.files()));
        }
    }

    private static void write(JsonGenerator json, String name, CachedRepo repo) throws IOException {
        json.writeStringField("id", name);
        json.writeStringField("folder", repo.folder().toString());
        json.writeNumberField("bytes", repo.bytes());
        json.writeNumberField("unfinished_bytes", repo.unfinishedBytes());
        json.writeStringField("last_modified", repo.lastModified().toString());
        json.writeArrayFieldStart("revisions");
        for (CachedRepo.Revision revision : repo.revisions()) {
            json.writeStartObject();
            json.writeStringField("commit", revision.commit());
            json.writeObjectField("refs", revision.refs());
            json.writeNumberField("files", revision.files());
            json.writeNumberField("bytes", revision.bytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    @Command(
            name = "rm",
            description =
                    "Removes a repository, or with @revision one commit and what only that one has; or a merged model.")
    int rm(
            @Parameters(
                            paramLabel = "ID",
                            description = "owner/name or owner/name@revision, as list shows them; of a merged model the"
                                    + " first digits of its key.")
                    String text,
            @Mixin MergeCacheOption merges,
            @Mixin JsonOption jsonOption) {
        if (merges.cache().isPresent()) {
            removed(text, merges.cache().get().remove(text), jsonOption);
            terminal.flush();
            return 0;
        }
        HubId id = HubId.parse(text);
        HubCache cache = cache(id.hub());
        long bytes = text.contains("@") ? cache.remove(id.repo(), id.revision()) : cache.remove(id.repo());
        removed(text, bytes, jsonOption);
        terminal.flush();
        return 0;
    }

    @Command(
            name = "prune",
            description = {
                "Removes commits that a newer one has replaced, and downloads that nobody has gone on with for a day.",
                "What was only ever asked for by its commit stays. Of merged models it removes those whose base or adapter"
                        + " was changed or is gone, and what was not finished."
            })
    int prune(
            @Option(names = "--dry-run", description = "Only show what would be removed.") boolean dryRun,
            @Option(
                            names = "--days",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "How old a download must be (default: ${DEFAULT-VALUE}).")
                    int days,
            @Option(
                            names = "--unused-days",
                            paramLabel = "N",
                            description = "Merged models, too, that nobody has used for so long.")
                    Optional<Integer> unusedDays,
            @Mixin MergeCacheOption merges,
            @Mixin JsonOption jsonOption) {
        if (merges.cache().isPresent()) {
            Duration unused = unusedDays.map(Duration::ofDays).orElse(Duration.ofDays(NEVER_DAYS));
            MergeCacheOption.print(merges.cache().get().prune(unused, dryRun), terminal, jsonOption);
            terminal.flush();
            return 0;
        }
        for (HubKind hub : HubKind.values()) {
            List<HubCache.Leftover> leftovers = cache(hub).prune(Duration.ofDays(days), dryRun);
            leftovers.forEach(leftover -> removed(name(hub, leftover.what()), leftover.bytes(), jsonOption));
        }
        terminal.flush();
        return 0;
    }

    private void removed(String what, long bytes, JsonOption jsonOption) {
        if (jsonOption.wanted()) {
            new JsonLines(terminal).answer(json -> {
                json.writeStringField("removed", what);
                json.writeNumberField("bytes", bytes);
            });
        } else {
            terminal.println("%10s  %s".formatted(ByteCount.describe(bytes), what));
        }
    }
}
