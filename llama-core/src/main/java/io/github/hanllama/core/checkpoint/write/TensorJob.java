package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.identity.ContentDigest;
import io.github.hanllama.core.checkpoint.write.WriteJournal.Written;
import io.github.hanllama.core.progress.Progress.Stage;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Writes a tensor to the files that share it, reading it once: a merged one is computed then. What a journal says is
 * written, and still is, stays.
 */
public record TensorJob(SplitTensor tensor, List<TensorOutput> parts, Optional<WriteJournal> journal, Listener listener)
        implements WriteJob {
    public TensorJob {
        parts = List.copyOf(parts);
    }

    /** Is told when a tensor is written. */
    public interface Listener {
        void written(List<TensorOutput> parts, Written written);
    }

    @Override
    public Stage stage() {
        return Stage.WRITE;
    }

    @Override
    public String what() {
        return tensor.whole().name();
    }

    @Override
    public long bytes() {
        return tensor.whole().bytes();
    }

    @Override
    public void run(LongConsumer progress) {
        Optional<Written> before = journal.flatMap(lines -> lines.find(what())).filter(this::isThere);
        if (before.isPresent()) {
            progress.accept(bytes());
            listener.written(parts, before.get());
        } else {
            Written written = copy(progress);
            journal.ifPresent(lines -> lines.add(what(), written));
            listener.written(parts, written);
        }
    }

    private boolean isThere(Written written) {
        boolean all = written.parts().size() == parts.size();
        for (int i = 0; all && i < parts.size(); i++) {
            all = parts.get(i).holds(written.parts().get(i));
        }
        return all;
    }

    private Written copy(LongConsumer progress) {
        MessageDigest whole = ContentDigest.sha256();
        TensorCopy copy = new TensorCopy(tensor.source(), tensor.whole().dtype(), progress);
        copy.run((first, count, rows) -> {
            if (parts.size() > 1) {
                whole.update(TensorOutput.buffer(rows));
            }
            share(first, count, rows);
        });
        List<String> hashes = parts.stream().map(TensorOutput::sha256).toList();
        String sha256 = parts.size() > 1 ? ContentDigest.hex(whole) : hashes.getFirst();
        return new Written(sha256, hashes, copy.infinities());
    }

    private void share(long first, int count, MemorySegment rows) {
        for (int i = 0; i < parts.size(); i++) {
            switch (tensor.axis()) {
                case NONE -> parts.get(i).write(rows);
                case ROWS -> writeRows(i, first, count, rows);
                case COLUMNS -> writeColumns(i, count, rows);
            }
        }
    }

    private void writeRows(int file, long first, int count, MemorySegment rows) {
        long from = Math.max(first, tensor.bounds().get(file));
        long to = Math.min(first + count, tensor.bounds().get(file + 1));
        if (from < to) {
            long width = tensor.whole().rowBytes();
            parts.get(file).write(rows.asSlice((from - first) * width, (to - from) * width));
        }
    }

    private void writeColumns(int file, int count, MemorySegment rows) {
        long width = tensor.whole().rowBytes();
        long partWidth = parts.get(file).info().rowBytes();
        long column = tensor.whole().dtype().bytes(tensor.bounds().get(file));
        MemorySegment cut = MemorySegment.ofArray(new byte[Math.toIntExact(count * partWidth)]);
        for (int row = 0; row < count; row++) {
            MemorySegment.copy(rows, row * width + column, cut, row * partWidth, partWidth);
        }
        parts.get(file).write(cut);
    }
}
