package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes Hugging Face folders: weight files of either kind with their index, configuration, tokenizer and a manifest. */
record FolderWriter(WeightKind kind) implements CheckpointWriter {
    @Override
    public WriteReport write(Checkpoint checkpoint, Path folder, WriteOptions options) {
        options.cancellation().throwIfCancelled();
        String config = HfConfig.write(writtenConfig(checkpoint, options));
        List<ShardPlan> shards = ShardPlan.plan(kind, written(checkpoint, options), options.maxShardBytes());
        try (AtomicFolder output = AtomicFolder.create(folder)) {
            requireSpace(output, shards);
            MergeManifest manifest = new MergeManifest();
            writeShards(checkpoint, shards, output.path(), manifest, options);
            writeText(output.path().resolve("config.json"), config);
            if (shards.size() > 1) {
                writeText(output.path().resolve(kind.index()), index(shards));
            }
            checkpoint.companionFiles().forEach(file -> copy(file, output.path()));
            hashFiles(output.path(), manifest, options);
            writeText(output.path().resolve(MergeManifest.NAME), manifest.json());
            options.cancellation().throwIfCancelled();
            return new WriteReport(output.commit(), manifest.contentSha256(), manifest.infinities());
        }
    }

    private List<TensorInfo> written(Checkpoint checkpoint, WriteOptions options) {
        List<TensorInfo> written = new ArrayList<>();
        for (TensorInfo info : checkpoint.tensors()) {
            DType dtype = options.dtype().orElse(info.dtype());
            if (!dtype.isFloatingPoint()) {
                throw new IllegalArgumentException(
                        info.name() + ": " + kind.single() + " cannot hold " + dtype + "; choose a dtype to write");
            }
            written.add(new TensorInfo(info.name(), info.shape(), dtype));
        }
        return written;
    }

    private static LlamaConfig writtenConfig(Checkpoint checkpoint, WriteOptions options) {
        LlamaConfig config = checkpoint.config();
        return options.dtype().isEmpty()
                ? config
                : config.toBuilder().dtype(options.dtype()).build();
    }

    private static void requireSpace(AtomicFolder output, List<ShardPlan> shards) {
        long needed = shards.stream().mapToLong(shard -> shard.layout().size()).sum();
        long usable = output.usableBytes();
        if (usable < needed) {
            throw new BackendException(output.path().getParent() + ": disk full: expected " + needed
                    + " bytes free for the model, found " + usable);
        }
    }

    private static void writeShards(
            Checkpoint checkpoint, List<ShardPlan> shards, Path folder, MergeManifest manifest, WriteOptions options) {
        List<ShardFile> files = new ArrayList<>();
        try {
            List<WriteJob> jobs = new ArrayList<>();
            for (ShardPlan shard : shards) {
                files.add(ShardFile.create(folder, shard));
                jobs.addAll(files.getLast().jobs(checkpoint, manifest));
            }
            List<Path> inputs = new ArrayList<>(checkpoint.weightFiles());
            inputs.addAll(checkpoint.companionFiles());
            for (int i = 0; i < inputs.size(); i++) {
                int order = i;
                Path input = inputs.get(i);
                jobs.add(new HashJob(input, hash -> manifest.addInput(order, input, hash)));
            }
            WriteTeam.run(jobs, options);
            files.forEach(ShardFile::finish);
        } finally {
            files.forEach(ShardFile::close);
        }
    }

    private static void hashFiles(Path folder, MergeManifest manifest, WriteOptions options) {
        List<WriteJob> jobs = new ArrayList<>();
        for (Path file : FolderFiles.list(folder)) {
            jobs.add(new HashJob(
                    file, hash -> manifest.addFile(file.getFileName().toString(), hash)));
        }
        WriteTeam.run(jobs, options);
    }

    private static String index(List<ShardPlan> shards) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        long size = shards.stream().mapToLong(ShardPlan::dataBytes).sum();
        json.putObject("metadata").put("total_size", size);
        Map<String, String> shardOf = new TreeMap<>();
        shards.forEach(shard -> shard.layout().tensors().forEach(tensor -> shardOf.put(tensor.name(), shard.name())));
        shardOf.forEach(json.putObject("weight_map")::put);
        return PrettyJson.print(json);
    }

    private static void writeText(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void copy(Path file, Path folder) {
        try {
            Files.copy(file, folder.resolve(file.getFileName()));
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be copied: " + e, e);
        }
    }
}
