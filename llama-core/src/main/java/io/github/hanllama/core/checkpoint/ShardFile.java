package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A weight file being written: tensors by several threads, each in its place, then what holds them together. */
final class ShardFile implements AutoCloseable {
    private final ShardPlan plan;
    private final Path path;
    private final FileChannel channel;
    private final List<Long> crc32;

    private ShardFile(ShardPlan plan, Path path, FileChannel channel) {
        this.plan = plan;
        this.path = path;
        this.channel = channel;
        this.crc32 = Collections.synchronizedList(
                new ArrayList<>(Collections.nCopies(plan.layout().tensors().size(), 0L)));
    }

    static ShardFile create(Path folder, ShardPlan plan) {
        Path path = folder.resolve(plan.name());
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new ShardFile(plan, path, channel);
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /** A job for each tensor. */
    List<WriteJob> jobs(Checkpoint checkpoint, MergeManifest manifest) {
        List<WriteJob> jobs = new ArrayList<>();
        for (int i = 0; i < plan.layout().tensors().size(); i++) {
            int place = i;
            TensorInfo target = plan.layout().tensors().get(i);
            TensorCopy.Target to =
                    new TensorCopy.Target(target, channel, plan.layout().offset(i));
            jobs.add(new TensorJob(checkpoint.tensor(target.name()), to, copy -> {
                crc32.set(place, copy.crc32());
                manifest.addTensor(target, plan.name(), copy.sha256(), copy.infinities());
            }));
        }
        return jobs;
    }

    /** Writes the rest, once every tensor is written. */
    void finish() {
        for (ShardLayout.Piece piece : plan.layout().frame(crc32)) {
            ByteBuffer bytes = piece.bytes().duplicate();
            long position = piece.position();
            try {
                while (bytes.hasRemaining()) {
                    position += channel.write(bytes, position);
                }
            } catch (IOException e) {
                throw unwritable(path, e);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    private static BackendException unwritable(Path path, IOException cause) {
        return new BackendException(path + ": cannot be written: " + cause.getMessage(), cause);
    }
}
