package io.github.hanllama.core.checkpoint.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.files.AtomicFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Writes folders: what the format asks for, the files beside the weights, and a manifest of all of it. */
public record FolderWriter(FolderPlan.Planner planner) {
    public WriteReport write(Checkpoint checkpoint, Path folder, WriteOptions options) {
        options.cancellation().throwIfCancelled();
        FolderPlan plan = planner.plan(String.valueOf(folder.getFileName()), checkpoint, options);
        try (AtomicFolder output = options.resume() ? AtomicFolder.resume(folder) : AtomicFolder.create(folder);
                Journal journal = Journal.of(output, checkpoint, plan, options)) {
            requireSpace(output, plan.shards());
            MergeManifest manifest = new MergeManifest();
            plan.describe(manifest);
            writeShards(plan, journal.lines, output.path(), manifest, options);
            plan.texts().forEach((name, text) -> write(output.path().resolve(name), text.getBytes(UTF_8)));
            if (plan.hasCompanions()) {
                checkpoint.companionFiles().forEach(file -> copy(file, output.path()));
                InsideTokenizer.files(checkpoint)
                        .forEach((name, bytes) -> write(output.path().resolve(name), bytes));
            }
            hashFiles(checkpoint, output, manifest, options);
            write(output.path().resolve(MergeManifest.NAME), manifest.json().getBytes(UTF_8));
            options.cancellation().throwIfCancelled();
            journal.lines.ifPresent(WriteJournal::remove);
            return manifest.report(output.commit());
        }
    }

    /** The journal, where one is kept. */
    private record Journal(Optional<WriteJournal> lines) implements AutoCloseable {
        static Journal of(AtomicFolder output, Checkpoint checkpoint, FolderPlan plan, WriteOptions options) {
            return new Journal(
                    options.resume()
                            ? Optional.of(WriteJournal.open(output.path(), identity(checkpoint, plan)))
                            : Optional.empty());
        }

        /** Of what is written, and where each byte goes. */
        private static String identity(Checkpoint checkpoint, FolderPlan plan) {
            String source = checkpoint
                    .fileIdentity()
                    .orElseThrow(() -> new IllegalArgumentException(
                            checkpoint.origin() + ": can only be written at one go: its files do not stay"));
            MessageDigest digest = ContentDigest.sha256();
            digest.update(source.getBytes(UTF_8));
            for (ShardPlan shard : plan.shards()) {
                List<TensorInfo> tensors = shard.layout().tensors();
                for (int i = 0; i < tensors.size(); i++) {
                    String line = shard.name() + " " + tensors.get(i) + " "
                            + shard.layout().offset(i) + "\n";
                    digest.update(line.getBytes(UTF_8));
                }
            }
            return ContentDigest.hex(digest);
        }

        @Override
        public void close() {
            lines.ifPresent(WriteJournal::close);
        }
    }

    private static void requireSpace(AtomicFolder output, List<ShardPlan> shards) {
        long needed = shards.stream().mapToLong(shard -> shard.layout().size()).sum();
        long usable = output.usableBytes() + output.bytes();
        if (usable < needed) {
            throw new BackendException(output.path().getParent() + ": disk full: expected " + needed
                    + " bytes free for the model, found " + usable);
        }
    }

    private static void writeShards(
            FolderPlan plan,
            Optional<WriteJournal> journal,
            Path folder,
            MergeManifest manifest,
            WriteOptions options) {
        List<ShardFile> files = new ArrayList<>();
        try {
            plan.shards().forEach(shard -> files.add(ShardFile.open(folder, shard)));
            WriteTeam.run(plan.jobs(files, journal, manifest), options);
            files.forEach(ShardFile::finish);
        } finally {
            files.forEach(ShardFile::close);
        }
    }

    /** What went in and what came out, the largest first: the last file to end is then a small one. */
    private static void hashFiles(
            Checkpoint checkpoint, AtomicFolder output, MergeManifest manifest, WriteOptions options) {
        List<WriteJob> jobs = new ArrayList<>();
        for (Path file : output.files()) {
            if (!file.endsWith(WriteJournal.NAME)) {
                jobs.add(new HashJob(
                        file, hash -> manifest.addFile(file.getFileName().toString(), hash)));
            }
        }
        List<Path> inputs = new ArrayList<>(checkpoint.weightFiles());
        inputs.addAll(checkpoint.companionFiles());
        for (int i = 0; i < inputs.size(); i++) {
            int order = i;
            Path input = inputs.get(i);
            jobs.add(new HashJob(input, hash -> manifest.addInput(order, input, hash)));
        }
        jobs.sort(Comparator.comparingLong(WriteJob::bytes).reversed());
        WriteTeam.run(jobs, options);
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void copy(Path file, Path folder) {
        try {
            Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be copied: " + e, e);
        }
    }
}
