package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.llamacpp.GgufPlan.Entry;
import io.github.hanllama.core.checkpoint.write.FolderPlan;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.checkpoint.write.ShardFile;
import io.github.hanllama.core.checkpoint.write.ShardPlan;
import io.github.hanllama.core.checkpoint.write.WriteJob;
import io.github.hanllama.core.checkpoint.write.WriteJournal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** A folder with a GGUF model in several files, none larger than asked for unless a single tensor is. */
public final class GgufPartsPlan implements FolderPlan {
    private static final int MAX_PARTS = 0xffff;

    private final GgufPlan plan;
    private final List<List<Entry>> parts = new ArrayList<>();
    private final List<ShardPlan> shards = new ArrayList<>();

    public GgufPartsPlan(String stem, Checkpoint checkpoint, WriteOptions options) {
        this.plan = new GgufPlan(stem, checkpoint, options);
        divide(plan.entries(), options.maxShardBytes());
        for (int part = 0; part < parts.size(); part++) {
            List<Entry> held = parts.get(part);
            GgufLayout layout = new GgufLayout(
                    plan.head(part, parts.size(), held),
                    held.stream().map(Entry::target).toList());
            shards.add(new ShardPlan(GgufFiles.name(stem, part, parts.size()), layout));
        }
    }

    /** The vocabulary, in the first file, may be as large as a tensor; other heads are not worth counting. */
    private void divide(List<Entry> entries, long maxBytes) {
        parts.add(new ArrayList<>());
        long filled = plan.head(0, MAX_PARTS, entries).dataStart();
        for (Entry entry : entries) {
            long bytes = entry.target().bytes();
            if (filled > maxBytes - bytes && !parts.getLast().isEmpty()) {
                parts.add(new ArrayList<>());
                filled = 0;
            }
            parts.getLast().add(entry);
            filled += bytes;
        }
    }

    @Override
    public List<ShardPlan> shards() {
        return shards;
    }

    @Override
    public List<WriteJob> jobs(List<ShardFile> files, Optional<WriteJournal> journal, MergeManifest manifest) {
        List<WriteJob> jobs = new ArrayList<>();
        for (int part = 0; part < files.size(); part++) {
            List<Tensor> sources = parts.get(part).stream().map(Entry::source).toList();
            jobs.addAll(files.get(part).jobs(sources, journal, manifest));
        }
        return jobs;
    }

    @Override
    public SequencedMap<String, String> texts() {
        return new LinkedHashMap<>();
    }

    @Override
    public void describe(MergeManifest manifest) {
        manifest.note(plan.notes());
    }

    /** Everything is inside. */
    @Override
    public boolean hasCompanions() {
        return false;
    }
}
