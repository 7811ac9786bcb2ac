package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.gguf.GgufMetadata;
import io.github.hanllama.core.checkpoint.gguf.GgufTensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * One GGUF file, mapped and checked in full when it is opened; nothing of the data is read before it is asked for. Names
 * and the order of rows are those of the file. Thread-safe.
 *
 * <pre>{@code
 * try (GgufFile file = GgufFile.open(Path.of("model.gguf"))) {
 *     file.tensors().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class GgufFile extends MappedWeights {
    private final GgufContents contents;

    private GgufFile(MappedFile file, GgufContents contents) {
        super(
                file,
                contents.tensors().stream().map(tensor -> tensor(file, tensor)).toList());
        this.contents = contents;
    }

    private static Tensor tensor(MappedFile file, GgufTensor tensor) {
        return new MappedTensor(new TensorInfo(tensor.name(), tensor.shape(), tensor.dtype()), file, tensor.offset());
    }

    /**
     * Maps the file and checks its head.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is not a sound GGUF file
     * @throws io.github.hanllama.core.error.UnsupportedModelException when it is of another version or has other types
     */
    public static GgufFile open(Path path) {
        return open(path, GgufContents::read, GgufFile::new);
    }

    /** The settings in its head, usable until this file is closed. */
    GgufMetadata metadata() {
        return contents.metadata();
    }

    /** Everything before the data. */
    MemorySegment head() {
        return file().memory().asSlice(0, contents.headBytes());
    }
}
