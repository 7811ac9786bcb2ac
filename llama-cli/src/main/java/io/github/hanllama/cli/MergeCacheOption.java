package io.github.hanllama.cli;

import io.github.hanllama.core.merge.CachedMerge;
import io.github.hanllama.core.merge.MergeCache;
import io.github.hanllama.core.plan.ByteCount;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option that means a folder of merged models instead of what was fetched. */
final class MergeCacheOption {
    @Option(
            names = "--merge-cache",
            paramLabel = "DIR",
            description = "The merged models in this folder instead of what was fetched from hubs.")
    private Optional<Path> folder = Optional.empty();

    Optional<MergeCache> cache() {
        return folder.map(MergeCache::of);
    }

    /** Two lines for each on the terminal, an object for each as JSON. */
    static void print(List<CachedMerge> merges, Terminal terminal, JsonOption jsonOption) {
        for (CachedMerge merge : merges) {
            if (jsonOption.wanted()) {
                new JsonLines(terminal).answer(json -> {
                    json.writeStringField("key", merge.key());
                    json.writeStringField("folder", merge.folder().toString());
                    json.writeNumberField("bytes", merge.bytes());
                    json.writeStringField("last_used", merge.lastUsed().toString());
                    json.writeStringField("made_of", merge.madeOf());
                    json.writeBooleanField("current", merge.current());
                });
            } else {
                terminal.println("%10s  %s%s"
                        .formatted(
                                ByteCount.describe(merge.bytes()), merge.key(), merge.current() ? "" : ", outdated"));
                terminal.println("%10s    %s".formatted("", merge.madeOf()));
            }
        }
    }
}
