package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.WriteOptions;
import io.github.hanllama.core.checkpoint.WriteReport;
import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.gguf.GgufHead;
import io.github.hanllama.core.checkpoint.gguf.GgufSeal;
import io.github.hanllama.core.checkpoint.write.MergeManifest;
import io.github.hanllama.core.checkpoint.write.SplitTensor;
import io.github.hanllama.core.checkpoint.write.TensorJob;
import io.github.hanllama.core.checkpoint.write.TensorOutput;
import io.github.hanllama.core.checkpoint.write.WriteJob;
import io.github.hanllama.core.checkpoint.write.WriteTeam;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.files.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Writes one GGUF file with everything in it: settings, vocabulary, chat template, weights. The head is written last, with
 * the hash of every tensor in it, so that the file can be verified by itself.
 */
public final class GgufWriter {
    private GgufWriter() {}

    public static WriteReport write(Checkpoint checkpoint, Path file, WriteOptions options) {
        options.cancellation().throwIfCancelled();
        GgufPlan plan = new GgufPlan(stem(file), checkpoint, options);
        List<String> sha256 = new ArrayList<>(Collections.nCopies(plan.entries().size(), GgufSeal.PLACEHOLDER));
        GgufHead unsealed = plan.head(sha256);
        try (AtomicFile output = AtomicFile.create(file)) {
            output.requireSpace(unsealed.fileBytes());
            MergeManifest content = new MergeManifest();
            content.note(plan.notes());
            List<WriteJob> jobs = new ArrayList<>();
            for (int i = 0; i < plan.entries().size(); i++) {
                jobs.add(job(plan.entries().get(i), i, unsealed, output, content, sha256, file));
            }
            WriteTeam.run(jobs, options);
            write(output.channel(), plan.head(sha256), file);
            options.cancellation().throwIfCancelled();
            return content.report(List.of(output.commit()));
        }
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(GgufContents.SUFFIX)
                ? name.substring(0, name.length() - GgufContents.SUFFIX.length())
                : name;
    }

    @SuppressWarnings("TooManyParameters")
    private static WriteJob job(
            GgufPlan.Entry entry,
            int place,
            GgufHead head,
            AtomicFile output,
            MergeManifest content,
            List<String> sha256,
            Path file) {
        TensorOutput target = new TensorOutput(entry.target(), output.channel(), head.dataStart() + entry.offset());
        SplitTensor tensor = SplitTensor.whole(entry.source(), entry.target());
        return new TensorJob(tensor, List.of(target), Optional.empty(), (_, written) -> {
            synchronized (sha256) {
                sha256.set(place, written.sha256());
            }
            content.addTensor(
                    entry.target(), String.valueOf(file.getFileName()), written.sha256(), written.infinities());
        });
    }

    /** The head, and the padding after the last tensor. */
    private static void write(FileChannel channel, GgufHead head, Path file) {
        try {
            ByteBuffer bytes = GgufSeal.seal(head);
            long position = 0;
            while (bytes.hasRemaining()) {
                position += channel.write(bytes, position);
            }
            if (channel.size() < head.fileBytes()) {
                channel.write(ByteBuffer.allocate(1), head.fileBytes() - 1);
            }
        } catch (IOException e) {
            throw new BackendException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }
}
