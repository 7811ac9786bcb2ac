package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.error.BackendException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A weight file being written: tensors by several threads, each in its place, then what holds them together. */
public final class ShardFile implements AutoCloseable {
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

    /** Creates the file, or opens one of an earlier run. */
    static ShardFile open(Path folder, ShardPlan plan) {
        Path path = folder.resolve(plan.name());
        try {
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new ShardFile(plan, path, channel);
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    public String name() {
        return plan.name();
    }

    /** A job for each tensor of the layout, in its order. */
    public List<WriteJob> jobs(List<Tensor> sources, Optional<WriteJournal> journal, MergeManifest manifest) {
        List<WriteJob> jobs = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            int place = i;
            TensorOutput target = output(place);
            SplitTensor tensor = SplitTensor.whole(sources.get(i), target.info());
            jobs.add(new TensorJob(tensor, List.of(target), journal, (_, written) -> {
                written(place, target);
                manifest.addTensor(target.info(), name(), written.sha256(), written.infinities());
            }));
        }
        return jobs;
    }

    /** Where a tensor goes, by its place in the layout. */
    public TensorOutput output(int tensor) {
        return new TensorOutput(
                plan.layout().tensors().get(tensor), channel, plan.layout().offset(tensor));
    }

    /** Must be told of every tensor. */
    public void written(int tensor, TensorOutput output) {
        crc32.set(tensor, output.crc32());
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
