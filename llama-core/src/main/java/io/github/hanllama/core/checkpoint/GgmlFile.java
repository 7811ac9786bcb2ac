package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.MappedFile;
import io.github.hanllama.core.checkpoint.gguf.GgmlContents;
import io.github.hanllama.core.checkpoint.gguf.GgmlTensor;
import java.nio.file.Path;

/**
 * One file of a format before GGUF, mapped and checked in full when it is opened. Names and the order of rows are those of
 * the file; tensors in blocks that no later format has are read as f32. Thread-safe.
 */
public final class GgmlFile extends MappedWeights {
    private final GgmlContents contents;

    private GgmlFile(MappedFile file, GgmlContents contents) {
        super(
                file,
                contents.tensors().stream().map(tensor -> tensor(file, tensor)).toList());
        this.contents = contents;
    }

    private static Tensor tensor(MappedFile file, GgmlTensor tensor) {
        TensorInfo info = new TensorInfo(tensor.name(), tensor.shape(), tensor.dtype());
        return tensor.blocks()
                .<Tensor>map(blocks -> new GgmlBlockTensor(info, file, tensor.offset(), blocks))
                .orElseGet(() -> new MappedTensor(info, file, tensor.offset()));
    }

    /**
     * Maps the file and checks all but the values of its tensors.
     *
     * @throws io.github.hanllama.core.error.ModelNotFoundException when the file is missing or cannot be read
     * @throws io.github.hanllama.core.error.ModelFormatException when it is damaged or not of these formats
     * @throws io.github.hanllama.core.error.UnsupportedModelException when it has other types
     */
    public static GgmlFile open(Path path) {
        return open(path, GgmlContents::read, GgmlFile::new);
    }

    GgmlContents contents() {
        return contents;
    }
}
