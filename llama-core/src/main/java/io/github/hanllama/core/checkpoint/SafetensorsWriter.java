package io.github.hanllama.core.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.config.HfConfig;
import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.json.PrettyJson;
import io.github.hanllama.quant.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes Hugging Face folders: shards with their index, configuration, companion files and a manifest. */
final class SafetensorsWriter implements CheckpointWriter {
    static final String MANIFEST = "hanllama-merge.json";

    @Override
    public WriteReport write(Checkpoint checkpoint, Path folder, WriteOptions options) {
        options.cancellation().throwIfCancelled();
        String config = HfConfig.write(writtenConfig(checkpoint, options));
        List<ShardPlan> shards = ShardPlan.plan(written(checkpoint, options), options.maxShardBytes());
        try (AtomicFolder output = AtomicFolder.create(folder)) {
            requireSpace(output, shards);
            MergeManifest manifest = new MergeManifest();
            writeShards(checkpoint, shards, output.path(), manifest, options);
            writeText(output.path().resolve("config.json"), config);
            if (shards.size() > 1) {
                writeText(output.path().resolve(WeightFiles.INDEX), index(shards));
            }
            checkpoint.companionFiles().forEach(file -> copy(file, output.path()));
            writeText(output.path().resolve(MANIFEST), manifest.json());
            options.cancellation().throwIfCancelled();
            return new WriteReport(output.commit(), manifest.contentSha256(), manifest.infinities());
        }
    }

    private static List<TensorInfo> written(Checkpoint checkpoint, WriteOptions options) {
        List<TensorInfo> written = new ArrayList<>();
        for (TensorInfo info : checkpoint.tensors()) {
            DType dtype = options.dtype().orElse(info.dtype());
            if (!dtype.isFloatingPoint()) {
                throw new IllegalArgumentException(
                        info.name() + ": safetensors cannot hold " + dtype + "; choose a dtype to write");
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
        long needed = shards.stream().mapToLong(ShardPlan::dataBytes).sum();
        long usable = output.usableBytes();
        if (usable < needed) {
            throw new BackendException(output.path().getParent() + ": disk full: expected " + needed
                    + " bytes free for the model, found " + usable);
        }
    }

    private static void writeShards(
            Checkpoint checkpoint, List<ShardPlan> shards, Path folder, MergeManifest manifest, WriteOptions options) {
        List<FileChannel> channels = new ArrayList<>();
        try {
            List<WriteJob> jobs = new ArrayList<>();
            for (ShardPlan shard : shards) {
                channels.add(create(folder.resolve(shard.name()), shard.header()));
                addJobs(checkpoint, shard, channels.getLast(), manifest, jobs);
            }
            checkpoint.weightFiles().forEach(file -> jobs.add(new HashJob(jobs.size(), file, manifest)));
            checkpoint.companionFiles().forEach(file -> jobs.add(new HashJob(jobs.size(), file, manifest)));
            WriteTeam.run(jobs, options);
        } finally {
            channels.forEach(SafetensorsWriter::close);
        }
    }

    private static void addJobs(
            Checkpoint checkpoint, ShardPlan shard, FileChannel channel, MergeManifest manifest, List<WriteJob> jobs) {
        long position = shard.header().length;
        for (TensorInfo target : shard.tensors()) {
            Tensor source = checkpoint.tensor(target.name());
            jobs.add(new TensorJob(source, target, shard.name(), channel, position, manifest));
            position += target.bytes();
        }
    }

    private static FileChannel create(Path file, byte[] header) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            ByteBuffer buffer = ByteBuffer.wrap(header);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            return channel;
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new BackendException("a shard cannot be closed: " + e.getMessage(), e);
        }
    }

    private static String index(List<ShardPlan> shards) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("metadata")
                .put(
                        "total_size",
                        shards.stream().mapToLong(ShardPlan::dataBytes).sum());
        Map<String, String> shardOf = new TreeMap<>();
        shards.forEach(shard -> shard.tensors().forEach(tensor -> shardOf.put(tensor.name(), shard.name())));
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
