package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.write.SafetensorsLayout;
import io.github.hanllama.core.checkpoint.write.ShardLayout;
import io.github.hanllama.core.checkpoint.write.TensorCopy;
import io.github.hanllama.core.checkpoint.write.TensorOutput;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.files.AtomicFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes folders of one safetensors file and what belongs beside it, such as adapters; those of whole models are
 * {@link CheckpointWriter}'s.
 */
public final class TensorFolder {
    private TensorFolder() {}

    /**
     * Writes tensors as they are stored, one after the other. The folder appears under its name when everything is on disk; on
     * failure or cancellation nothing is left behind.
     *
     * @param name of the safetensors file
     * @param texts of small files, by their names
     * @param copies files to copy beside them
     * @return every file of the folder
     * @throws IllegalArgumentException when the folder holds something
     * @throws BackendException when the disk is full or cannot be written
     * @throws java.util.concurrent.CancellationException when cancelled
     */
    public static List<Path> write(
            Path folder,
            String name,
            List<? extends Tensor> tensors,
            Map<String, String> texts,
            List<Path> copies,
            WriteOptions options) {
        try (AtomicFolder output = AtomicFolder.create(folder)) {
            write(output.path().resolve(name), tensors, options);
            for (Map.Entry<String, String> text : texts.entrySet()) {
                Files.writeString(output.path().resolve(text.getKey()), text.getValue());
            }
            for (Path file : copies) {
                Files.copy(file, output.path().resolve(file.getFileName()));
            }
            options.cancellation().throwIfCancelled();
            return output.commit();
        } catch (IOException e) {
            throw new BackendException(folder + ": cannot be written: " + e, e);
        }
    }

    private static void write(Path file, List<? extends Tensor> tensors, WriteOptions options) throws IOException {
        Map<String, Tensor> byName = new HashMap<>();
        tensors.forEach(tensor -> byName.put(tensor.info().name(), tensor));
        SafetensorsLayout layout =
                new SafetensorsLayout(tensors.stream().map(Tensor::info).toList());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int i = 0; i < layout.tensors().size(); i++) {
                TensorInfo info = layout.tensors().get(i);
                Tensor tensor = Objects.requireNonNull(byName.get(info.name()));
                TensorOutput output = new TensorOutput(info, channel, layout.offset(i));
                new TensorCopy(tensor, info.dtype(), bytes -> options.cancellation()
                                .throwIfCancelled())
                        .run((first, count, rows) -> output.write(rows));
            }
            for (ShardLayout.Piece piece : layout.frame(Collections.emptyList())) {
                ByteBuffer bytes = piece.bytes();
                long position = piece.position();
                while (bytes.hasRemaining()) {
                    position += channel.write(bytes, position);
                }
            }
        }
    }
}
